import { hasAtLeast, type Acr, toNumericDate } from '../../kernel/index.ts'
import type { ClientSubjects } from '../oauth/index.ts'
import type { Signal, StreamId } from './model.ts'

/** Whom or what an event is about, and what it says. */
export interface DescribedSignal {
  /** RFC 9493; `complex` as in SSF §3.3. */
  readonly subject: object
  readonly event: object
}

export interface Naming {
  readonly issuer: string
  readonly streamId: StreamId
  /** SECURITY: users and sessions get the names that this client knows, and no other. */
  readonly subjects: ClientSubjects
}

export async function describeSignal(signal: Signal, naming: Naming): Promise<DescribedSignal> {
  const { facts } = signal
  const subject = await subjectOf(signal, naming)
  switch (signal.type) {
    case 'caep/session-revoked':
      return { subject, event: { ...circumstances(signal), ...reasonOf(facts['reason']) } }
    case 'caep/token-claims-change':
      return { subject, event: { ...circumstances(signal), claims: { roles: facts['roles'] } } }
    case 'caep/credential-change':
      return { subject, event: { ...circumstances(signal), ...changedCredential(facts) } }
    case 'caep/assurance-level-change':
      return { subject, event: { ...circumstances(signal), ...changedAssurance(facts) } }
    case 'risc/account-disabled':
    case 'risc/account-enabled':
    case 'risc/account-purged':
      return { subject, event: {} }
    case 'risc/identifier-changed':
      return {
        subject: { format: 'email', email: facts['before'] },
        event: { 'new-value': facts['after'] },
      }
    case 'risc/credential-compromise':
      return { subject, event: compromisedCredential(signal) }
    case 'ssf/verification':
      return { subject, event: facts['state'] === undefined ? {} : { state: facts['state'] } }
    case 'ssf/stream-updated':
      return { subject, event: { status: facts['status'], ...textOf('reason', facts['reason']) } }
  }
}

/** SSF §8.1.4.1: of an event about a stream, the stream. */
async function subjectOf(
  { userId, sessionId }: Signal,
  { issuer, streamId, subjects }: Naming,
): Promise<object> {
  if (userId === undefined) return { format: 'opaque', id: streamId }
  const user = { format: 'iss_sub', iss: issuer, sub: await subjects.subjectFor(userId) }
  if (sessionId === undefined) return user
  // The `sid` that the client has in its tokens.
  const session = { format: 'opaque', id: await subjects.sessionIdFor(sessionId) }
  return { format: 'complex', session, user }
}

/** CAEP §2. */
function circumstances({ facts, occurredAt }: Signal) {
  return { event_timestamp: toNumericDate(occurredAt), initiating_entity: facts['by'] }
}

function reasonOf(reason: unknown) {
  return typeof reason === 'string' ? { reason_admin: { en: reason } } : {}
}

function textOf(name: string, value: unknown): Record<string, string> {
  return typeof value === 'string' ? { [name]: value } : {}
}

/** CAEP §3.3.1. */
function changedCredential({ action, kind }: Signal['facts']) {
  const known = CREDENTIALS[String(action)] ?? { change: 'update' }
  const type = known.type ?? FACTOR_TYPES[String(kind)] ?? 'app'
  return { credential_type: type, change_type: known.change }
}

/** CAEP §3.4.1. Our classes of authentication, in a namespace of their own. */
function changedAssurance({ acr, previous_acr }: Signal['facts']) {
  const [current, previous] = [String(acr), String(previous_acr)]
  return {
    namespace: 'urn:countersign:acr',
    current_level: current,
    previous_level: previous,
    change_direction: hasAtLeast(current, previous as Acr) ? 'increase' : 'decrease',
  }
}

function compromisedCredential({ facts, occurredAt }: Signal) {
  return {
    credential_type: facts['action'] === BREACHED_PASSWORD ? 'password' : 'refresh_token',
    event_timestamp: toNumericDate(occurredAt),
    ...reasonOf(facts['action']),
  }
}

const BREACHED_PASSWORD = 'user.password_change_demanded'

/** `recovery_code` and `fido2` are ours: CAEP lets both sides agree on more than its own list. */
const CREDENTIALS: Readonly<Record<string, { readonly type?: string; readonly change: string }>> = {
  'user.password_changed': { type: 'password', change: 'update' },
  'user.password_reset': { type: 'password', change: 'update' },
  'user.invitation_accepted': { type: 'password', change: 'create' },
  'factor.confirmed': { change: 'create' },
  'factor.removed': { change: 'delete' },
  'webauthn.registered': { type: 'fido2', change: 'create' },
  'webauthn.removed': { type: 'fido2', change: 'delete' },
  'backup_codes.made': { type: 'recovery_code', change: 'update' },
}
const FACTOR_TYPES: Readonly<Record<string, string>> = {
  totp: 'app',
  hotp: 'app',
  sms: 'phone-sms',
}
