import type { InjectOptions } from 'light-my-request'
import { newId } from '../../src/kernel/index.ts'
import type { Route } from '../../src/platform/http/index.ts'

type Values = Readonly<Record<string, unknown>>

/** A good body for each route that takes one. A new route is missing here until it is added. */
const BODIES: Readonly<Record<string, () => Values>> = {
  signIn: () => ({ email: 'x@example.test', password: PASSWORD, transport: 'bearer' }),
  refreshSession: () => ({ refresh_token: 'rft_x' }),
  register: () => ({ email: newAddress(), password: PASSWORD, display_name: 'X', locale: 'de' }),
  verifyEmail: () => ({ token: TOKEN }),
  resendVerification: () => ({ email: newAddress() }),
  changeEmail: () => ({ new_email: newAddress() }),
  confirmEmailChange: () => ({ token: TOKEN }),
  undoEmailChange: () => ({ token: TOKEN }),
  forgotPassword: () => ({ email: newAddress() }),
  resetPassword: () => ({ token: TOKEN, password: PASSWORD }),
  requestUnlock: () => ({ email: newAddress() }),
  unlockAccount: () => ({ token: TOKEN }),
  changeRequiredPassword: () => ({ challenge: TOKEN, new_password: PASSWORD }),
  acceptInvitation: () => ({ token: TOKEN, password: PASSWORD }),
  changePassword: () => ({ current_password: 'not-the-right-one', new_password: PASSWORD }),
  requestEmailSignIn: () => ({ email: newAddress(), kind: 'code' }),
  signInByEmail: () => ({ challenge: TOKEN, token: TOKEN }),
  verifyFactor: () => ({ challenge: TOKEN, method: 'totp', code: '123456' }),
  enrollTotpAtSignIn: () => ({ challenge: TOKEN }),
  confirmTotpAtSignIn: () => ({ challenge: TOKEN, id: newId('fct'), code: '123456' }),
  beginPasskeyEnrollment: () => ({ challenge: TOKEN }),
  completePasskeyEnrollment: () => ({ challenge: TOKEN, response: ATTESTATION }),
  renameSession: () => ({ name: 'X' }),
  enrollTotp: () => ({ current_password: 'not-the-right-one' }),
  confirmTotp: () => ({ id: newId('fct'), code: '123456' }),
  enrollHotp: () => ({ current_password: 'not-the-right-one' }),
  confirmHotp: () => ({ id: newId('fct'), code: '123456' }),
  enrollSms: () => ({
    current_password: 'not-the-right-one',
    phone_number: '+4915112345678',
  }),
  confirmSms: () => ({ id: newId('fct'), code: '123456' }),
  renewBackupCodes: () => ({ current_password: 'not-the-right-one' }),
  removeFactor: () => ({ current_password: 'not-the-right-one' }),
  startStepUp: () => ({ acr: 'urn:countersign:acr:password' }),
  verifyStepUp: () => ({ method: 'password', password: 'not-the-right-one' }),
  beginWebauthnRegistration: () => ({ current_password: 'not-the-right-one' }),
  completeWebauthnRegistration: () => ({ response: ATTESTATION, name: 'X' }),
  renameWebauthnCredential: () => ({ name: 'X' }),
  removeWebauthnCredential: () => ({ current_password: 'not-the-right-one' }),
  signInWithPasskey: () => ({ challenge_id: newId('wch'), response: ASSERTION }),
  challengeFactor: () => ({ challenge: TOKEN, method: 'webauthn' }),
  challengeStepUp: () => ({ method: 'webauthn' }),
  updateMe: () => ({ display_name: 'X', locale: 'de' }),
  deleteMe: () => ({ current_password: 'not-the-right-one' }),
  createUser: () => ({ email: newAddress(), password: PASSWORD, display_name: 'X', roles: [] }),
  assignRole: () => ({ role: 'admin' }),
  clearScreeningHit: () => ({ reason: 'another person' }),
  confirmScreeningHit: () => ({ reason: 'the same person' }),
  createRole: () => ({
    name: `r${newId('rol').slice(4)}`,
    description: 'X',
    permissions: ['users.read'],
  }),
  updateRole: () => ({ description: 'X', permissions: ['users.read'] }),
  rotateSigningKeys: () => ({ force: true }),
  createClient: () => ({ profile: 'service', name: 'X', first_party: false, metadata: {} }),
  updateClient: () => ({ name: 'X', status: 'active', first_party: false, metadata: {} }),
  createTrustedIssuer: () => ({
    issuer: `https://${newId('tis').slice(4)}.example`,
    jwks_uri: 'https://issuer.example/keys.json',
    subject_mapping: 'email',
    client_ids: [newId('cli')],
    scopes: ['read'],
  }),
  createSignalStream: () => ({ events_requested: [], description: 'X' }),
  updateSignalStream: () => ({ stream_id: newId('stm'), description: 'X' }),
  replaceSignalStream: () => ({ stream_id: newId('stm'), description: 'X' }),
  changeSignalStreamStatus: () => ({ stream_id: newId('stm'), status: 'paused' }),
  addSignalSubject: () => ({ stream_id: newId('stm'), subject: SUBJECT }),
  removeSignalSubject: () => ({ stream_id: newId('stm'), subject: SUBJECT }),
  verifySignalStream: () => ({ stream_id: newId('stm'), state: 'X' }),
  pollSignalStream: () => ({ maxEvents: 1, returnImmediately: true, ack: ['X'] }),
  administerSignalStream: () => ({ status: 'paused', reason: 'X' }),
  allowSignalSubjects: () => ({ subjects: 'granted' }),
  createTenant: () => ({ slug: newId('ten').slice(4), name: 'X', settings: {} }),
  updateTenant: () => ({ name: 'X', status: 'active', settings: { audiences: [] } }),
}

export function bodyFor(route: Route): Values {
  const body = BODIES[route.id]
  if (body === undefined) throw new Error(`add a good body for ${route.id} to route-requests.ts`)
  return body()
}

/** The path of a route with these ids, or with ids of nothing. */
export function pathOf(route: Route, ids: Readonly<Record<string, string>> = {}): string {
  const known: Readonly<Record<string, string>> = {
    user_id: newId('usr'),
    hit_id: newId('hit'),
    session_id: newId('ses'),
    device_id: newId('dev'),
    key_id: newId('key'),
    client_id: newId('cli'),
    issuer_id: newId('tis'),
    request_id: 'a'.repeat(64),
    tenant_id: newId('ten'),
    role: 'trader',
    factor_id: newId('fct'),
    step_up_id: newId('stp'),
    credential_id: newId('wac'),
    stream_id: newId('stm'),
    ...ids,
  }
  return route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const id = known[name]
    if (id === undefined) throw new Error(`add an id for {${name}} to route-requests.ts`)
    return id
  })
}

export function parametersOf(route: Route): readonly string[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
}

/** A well-formed call of the route, ready for `Actor.request`. */
export function requestOf(
  route: Route,
  ids: Readonly<Record<string, string>> = {},
): InjectOptions & { url: string } {
  const url = pathOf(route, ids)
  const call = { method: route.method, url }
  return route.body === undefined ? call : { ...call, payload: bodyFor(route) }
}

function newAddress(): string {
  return `${newId('usr').slice(4)}@example.test`
}

const PASSWORD = 'quartz-meadow-ripple-77'
const TOKEN = 'A'.repeat(43)

/** RFC 9493 §3.2.3: of nobody. */
const SUBJECT = { format: 'iss_sub', iss: 'https://id.example.test', sub: 'X' }

/** Well-formed, and of no authenticator. @see WebAuthn L3 §5.1.8 */
const CREDENTIAL = { id: 'AAAA', rawId: 'AAAA', type: 'public-key' }
const ASSERTION = {
  ...CREDENTIAL,
  response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
}
const ATTESTATION = {
  ...CREDENTIAL,
  response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' },
}
