import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import type { UserId } from '../../../src/kernel/index.ts'
import type { Actor } from '../../support/actors.ts'
import { obtainTokens } from '../../support/authorize.ts'
import { decodeClaims } from '../../support/decode-claims.ts'
import { MfaActor } from '../../support/mfa-actor.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { tokenFromMail } from '../../attacks/read-mail.ts'
import { Browser } from '../../support/relying-party.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { SignalClient, type StreamBody, typesOf } from '../../support/signal-client.ts'
import { eventUri, type SetClaims } from '../../support/signal-receiver.ts'

/** What is told, of whom, in which words: CAEP 1.0 and RISC 1.0. */
let world: World
let tenant: Tenant
let client: SignalClient
let stream: StreamBody
let admin: Actor
let ana: Actor
let names: { sub: unknown; sid: unknown }

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
  tenant = await world.tenant()
  client = await SignalClient.register(world, tenant)
  stream = await client.createStream()
  admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
afterAll(() => world.close())

/** A user who signs in to the client in a browser. */
async function signIn(): Promise<void> {
  ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const tokens = await obtainTokens(new Browser(world, ana), client.party, {
    scope: 'openid email',
  })
  const { sub, sid } = decodeClaims(tokens.id_token ?? '')
  names = { sub, sid }
  await drain()
}

/** Fetches all that waits, and acknowledges it. */
async function drain(): Promise<readonly SetClaims[]> {
  const sets = await client.fetch(stream)
  await client.poll(stream, { maxEvents: 0, ack: sets.map(({ jti }) => jti) })
  return sets
}

const userOf = () => ({ format: 'iss_sub', iss: tenant.issuer, sub: names.sub })
const sessionOf = () => ({
  format: 'complex',
  session: { format: 'opaque', id: names.sid },
  user: userOf(),
})
const eventOf = (set: SetClaims | undefined, type: string) => set?.events[eventUri(type)]

describe('SSF §4.1: a security event token', () => {
  it('has iss, iat, jti, aud, txn and sub_id, one event, and neither sub nor exp', async () => {
    await signIn()
    await ana.call('POST', '/api/auth/logout')

    const [set] = await drain()

    expect(Object.keys(set ?? {}).sort()).toEqual(
      ['aud', 'events', 'iat', 'iss', 'jti', 'sub_id', 'txn'].sort(),
    )
    expect(set).toMatchObject({ iss: tenant.issuer, aud: client.id })
    expect(set?.jti).toMatch(/^set_/)
    expect(set?.txn).toMatch(/^req_/)
    expect(Object.keys(set?.events ?? {})).toHaveLength(1)
  })

  it('§4.1.8: has the txn of what was caused by the same request', async () => {
    await signIn()
    await client.call('GET', '/ssf/streams')
    const changed = await changePassword()

    expect(typesOf(changed)).toEqual(expect.arrayContaining(['credential-change']))
    await world.app.identity.suspendUser(contextOf(), ana.userId)
    const sets = await drain()
    expect(new Set(sets.map(({ txn }) => txn)).size).toBe(1)
    expect(sets.length).toBeGreaterThan(1)
  })
})

describe('CAEP §3.1: session-revoked', () => {
  it('names the session and its user when somebody signs out', async () => {
    await signIn()
    await ana.call('POST', '/api/auth/logout')

    const sets = await drain()

    expect(typesOf(sets)).toEqual(['session-revoked'])
    expect(sets[0]?.sub_id).toEqual(sessionOf())
    expect(eventOf(sets[0], 'caep/session-revoked')).toMatchObject({
      initiating_entity: 'user',
      reason_admin: { en: 'signed_out' },
    })
  })

  it('is told of a session that an administrator ends', async () => {
    await signIn()
    await admin.call('DELETE', `/api/admin/users/${ana.userId}/sessions`)

    const sets = await drain()

    expect(sets.map(({ sub_id }) => sub_id)).toEqual([sessionOf()])
    expect(eventOf(sets[0], 'caep/session-revoked')).toMatchObject({ initiating_entity: 'admin' })
  })

  it('is not told when the same person signs in again in the same browser', async () => {
    await signIn()
    await ana.login({ transport: 'cookie' })

    expect(await drain()).toEqual([])
  })

  it('is not told of a session in which nobody signed in to the client', async () => {
    await signIn()
    const elsewhere = await world.actors.nobody(tenant).request({
      method: 'POST',
      url: '/api/auth/login',
      payload: { email: ana.identity.email, password: ana.identity.password },
    })
    await world.actors.nobody(tenant).request({
      method: 'POST',
      url: '/api/auth/logout',
      headers: { authorization: `Bearer ${elsewhere.json().access_token}` },
    })

    expect(await drain()).toEqual([])
  })
})

describe('CAEP §3.2: token-claims-change', () => {
  it('says which roles a user has after one was given and after it was taken', async () => {
    await signIn()
    const context = contextOf()
    await world.app.access.assignRole(context, { userId: ana.userId, role: 'admin' })
    await world.app.access.revokeRole(context, { userId: ana.userId, role: 'admin' })

    const sets = await drain()

    const claims = sets.map((set) => eventOf(set, 'caep/token-claims-change')?.['claims'])
    expect(claims).toEqual([{ roles: ['admin'] }, { roles: [] }])
    expect(sets[0]?.sub_id).toEqual(userOf())
  })
})

describe('CAEP §3.3: credential-change', () => {
  it('is told of a new password', async () => {
    await signIn()

    const sets = await changePassword()

    const change = sets.find((set) => eventOf(set, 'caep/credential-change') !== undefined)
    expect(change?.sub_id).toEqual(userOf())
    expect(eventOf(change, 'caep/credential-change')).toMatchObject({
      credential_type: 'password',
      change_type: 'update',
      initiating_entity: 'user',
    })
  })

  it('is told of an authenticator that comes and of one that goes', async () => {
    await signIn()
    const mfa = await MfaActor.enroll(ana, world.clock)
    const enrolled = await drain()
    const removed = await ana.call('DELETE', `/api/auth/mfa/${mfa.factorId}`, {
      current_password: ana.identity.password,
      code: mfa.app.code(),
    })
    expect(removed.statusCode).toBe(204)

    const kinds = [...enrolled, ...(await drain())]
      .map((set) => eventOf(set, 'caep/credential-change'))
      .filter((event) => event !== undefined)
      .map(
        ({ credential_type, change_type }) => `${String(credential_type)} ${String(change_type)}`,
      )
    expect(kinds.sort()).toEqual(['app create', 'app delete', 'recovery_code update'])
  })
})

describe('CAEP §3.4: assurance-level-change', () => {
  it('is told when a step-up made the session stronger, and not when it only made it fresh', async () => {
    await signIn()
    await stepUp({ method: 'password', password: ana.identity.password })
    expect(typesOf(await drain())).toEqual([])
    const mfa = await MfaActor.enroll(ana, world.clock)
    await drain()

    await stepUp({ method: 'totp', code: mfa.app.code() })

    const [set] = await drain()
    expect(set?.sub_id).toEqual(sessionOf())
    expect(eventOf(set, 'caep/assurance-level-change')).toMatchObject({
      namespace: 'urn:countersign:acr',
      previous_level: 'urn:countersign:acr:password',
      current_level: 'urn:countersign:acr:mfa',
      change_direction: 'increase',
    })
  })
})

describe('RISC §2', () => {
  it('account-disabled and account-enabled are told of a suspension and its end', async () => {
    await signIn()
    await world.app.identity.suspendUser(contextOf(), ana.userId)
    await world.app.identity.resumeUser(contextOf(), ana.userId)

    const sets = await drain()

    expect(typesOf(sets).toSorted()).toEqual([
      'account-disabled',
      'account-enabled',
      'session-revoked',
    ])
    expect(sets.at(-1)?.sub_id).toEqual(userOf())
  })

  it('account-purged is told although nothing of the user is left', async () => {
    await signIn()
    const answer = await admin.call('DELETE', `/api/admin/users/${ana.userId}`)
    expect(answer.statusCode).toBe(204)

    const sets = await drain()

    expect(typesOf(sets)).toEqual(['account-purged'])
    expect(sets[0]?.sub_id).toEqual(userOf())
  })

  it('identifier-changed names the address of before and the new one', async () => {
    await signIn()
    const before = ana.identity.email
    await changeEmail(ana.userId, 'new.address@example.test')

    const set = (await drain()).find((one) => eventOf(one, 'risc/identifier-changed') !== undefined)

    expect(set?.sub_id).toEqual({ format: 'email', email: before })
    expect(eventOf(set, 'risc/identifier-changed')).toEqual({
      'new-value': 'new.address@example.test',
    })
  })

  it('credential-compromise is told of a refresh token that two parties have', async () => {
    await signIn()
    await client.call('GET', '/ssf/streams')
    const all = await SignalClient.register(world, tenant)
    await admin.request({
      method: 'PUT',
      url: `/api/admin/signals/receivers/${all.id}`,
      payload: { subjects: 'all' },
    })
    const watching = await all.createStream()
    const victim = await world.actors.signedIn({ tenant })
    const stolen = victim.refreshToken
    await victim.refresh()
    world.clock.advance({ milliseconds: 60_000 })

    expect((await victim.refresh(stolen)).statusCode).toBe(401)

    const sets = await all.fetch(watching)
    expect(typesOf(sets).toSorted()).toEqual(['credential-compromise', 'session-revoked'])
    const set = sets.find((one) => eventOf(one, 'risc/credential-compromise') !== undefined)
    expect(set?.sub_id).toMatchObject({ format: 'iss_sub', sub: victim.userId })
    expect(eventOf(set, 'risc/credential-compromise')).toMatchObject({
      credential_type: 'refresh_token',
    })
  })
})

function contextOf() {
  return world.internalContext(tenant)
}

async function changePassword(): Promise<readonly SetClaims[]> {
  const answer = await ana.call('POST', '/api/auth/password/change', {
    current_password: ana.identity.password,
    new_password: 'quartz-meadow-violin-77',
  })
  expect(answer.statusCode).toBe(204)
  ana.identity.password = 'quartz-meadow-violin-77'
  return drain()
}

async function stepUp(response: object): Promise<void> {
  const begun = await ana.call('POST', '/api/auth/step-up', {})
  expect(begun.statusCode).toBe(201)
  const { id } = begun.json<{ id: string }>()
  const answer = await ana.call('POST', `/api/auth/step-up/${id}/verify`, response)
  expect(answer.statusCode).toBe(200)
  const header = [answer.headers['set-cookie']].flat()[0]
  if (header !== undefined) ana.cookie = header.slice(0, header.indexOf(';'))
  ana.csrfToken = answer.json<{ csrf_token: string }>().csrf_token
}

async function changeEmail(userId: UserId, email: string): Promise<void> {
  expect(userId).toBe(ana.userId)
  const asked = await ana.call('POST', '/api/auth/email/change', {
    new_email: email,
  })
  expect(asked.statusCode).toBe(202)
  const token = await tokenFromMail(world, email)
  const confirmed = await world.actors.nobody(tenant).request({
    method: 'POST',
    url: '/api/auth/email/confirm',
    payload: { token },
  })
  expect(confirmed.statusCode).toBe(200)
}
