import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId, toUuid } from '../../src/kernel/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import { Browser } from '../support/browser.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { openWorld, type World } from '../support/open-world.ts'

/**
 * One security event ends everything that was reached with the old credential: sessions, refresh
 * tokens, and the trust in devices. Attack: one of them is forgotten at one event.
 */
let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

async function setUp() {
  const tenant = await world.tenant(undefined, { trusted_device_days: 30 })
  const ana = await MfaActor.enroll(await world.actors.signedIn({ tenant }), world.clock)
  const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
  const laptop = new Browser(world, tenant)
  const { challenge } = (await laptop.login(ana.actor)).json()
  const body = { challenge, method: 'totp', code: ana.app.code(), trust_device: true }
  await laptop.call('POST', '/api/auth/mfa/verify', body)
  ana.nextCode()
  await ana.signIn()
  const { accessToken, refreshToken } = ana.actor
  // The one who acts does so with a session of their own, which may stay.
  await ana.signIn()
  return { tenant, ana, admin, laptop, accessToken, refreshToken }
}

type Scene = Awaited<ReturnType<typeof setUp>>
const NEW_PASSWORD = 'quartz-meadow-ripple-77'

async function changePassword({ ana: { actor } }: Scene) {
  const body = { current_password: actor.identity.password, new_password: NEW_PASSWORD }
  expect((await actor.call('POST', '/api/auth/password/change', body)).statusCode).toBe(204)
  actor.identity.password = NEW_PASSWORD
}

async function resetPassword({ ana: { actor } }: Scene) {
  const { email } = actor.identity
  await actor.call('POST', '/api/auth/password/forgot', { email })
  const token = () =>
    world.mailbox
      .list({ to: email })
      .map(({ text }) => /#(\S+)/.exec(text)?.[1])
      .find((found) => found !== undefined)
  await expect.poll(token).toBeDefined()
  const body = { token: token(), password: NEW_PASSWORD }
  expect((await actor.call('POST', '/api/auth/password/reset', body)).statusCode).toBe(204)
  actor.identity.password = NEW_PASSWORD
}

async function removeApp({ ana }: Scene) {
  const body = { current_password: ana.actor.identity.password, code: ana.app.code() }
  const answer = await ana.actor.call('DELETE', `/api/auth/mfa/${ana.factorId}`, body)
  expect(answer.statusCode).toBe(204)
}

/** The credential is older than the trust: a younger one ends the trust by itself. */
async function removeCredential({ ana, tenant }: Scene) {
  const id = newId('wac')
  const longAgo = new Date('2020-01-01T00:00:00Z')
  await world.database.tenantBatch(tenant.id, [
    sql`INSERT INTO webauthn_credentials
               (tenant_id, id, user_id, credential_id, public_key, sign_count, is_backup_eligible,
                is_backed_up, transports, aaguid, attestation_format, name, created_at)
        VALUES (current_tenant_id(), ${toUuid(id)}, ${toUuid(ana.actor.userId)},
                ${Buffer.alloc(16)}, ${Buffer.alloc(16)}, 0, false, false, '{}',
                '00000000-0000-0000-0000-000000000000', 'none', 'key', ${longAgo})`,
  ])
  const body = { current_password: ana.actor.identity.password, code: ana.app.code() }
  const answer = await ana.actor.call('DELETE', `/api/auth/webauthn/credentials/${id}`, body)
  expect(answer.statusCode).toBe(204)
}

async function suspend({ ana, admin }: Scene) {
  const url = `/api/admin/users/${ana.actor.userId}`
  expect((await admin.call('POST', `${url}/suspend`)).statusCode).toBe(200)
  expect((await admin.call('POST', `${url}/resume`)).statusCode).toBe(200)
}

async function changeAddress({ ana, tenant }: Scene) {
  const port = world.app.sessions.asCredentialChangePort()
  await world.database.withTenant(tenant.id, (tx) =>
    port.credentialChanged(tx, world.internalContext(tenant), ana.actor.userId, 'email_changed'),
  )
}

const EVENTS: readonly (readonly [string, (scene: Scene) => Promise<void>])[] = [
  ['a password change', changePassword],
  ['a password reset', resetPassword],
  ['the removal of an authenticator app', removeApp],
  ['the removal of a passkey', removeCredential],
  ['a suspension', suspend],
  ['a change of the address', changeAddress],
]

describe.each(EVENTS)('%s', (_, happen) => {
  it('ends sessions, tokens and the trust in devices', async () => {
    const scene = await setUp()
    const { tenant, laptop, accessToken, refreshToken } = scene
    const me = await laptop.call('GET', '/api/auth/me')
    expect(me.statusCode).toBe(200)
    expect(await countTrusted(scene)).toBe(1)

    await happen(scene)

    expect((await laptop.call('GET', '/api/auth/me')).statusCode).toBe(401)
    const phone = new Browser(world, tenant)
    const authorization = `Bearer ${accessToken}`
    const other = await phone.call('GET', '/api/auth/me', undefined, { authorization })
    expect(other.statusCode).toBe(401)
    const refreshed = await phone.call('POST', '/api/auth/refresh', { refresh_token: refreshToken })
    expect(refreshed.statusCode).toBe(401)
    expect(await countTrusted(scene)).toBe(0)
  })
})

async function countTrusted({ tenant, ana }: Scene): Promise<number> {
  const [rows] = await world.database.tenantBatch(tenant.id, [
    sql<{ n: number }>`SELECT count(*)::int AS n FROM devices
                        WHERE tenant_id = current_tenant_id()
                          AND user_id = ${toUuid(ana.actor.userId)} AND trusted_until IS NOT NULL`,
  ])
  return rows[0]?.n ?? -1
}
