import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ACR, type UserContext } from '../../../src/kernel/index.ts'
import type { RiskPort } from '../../../src/domains/risk/index.ts'
import type { Tenant } from '../../../src/domains/tenants/index.ts'
import { readAudit } from '../../support/audit-trail.ts'
import { RunningClock } from '../../support/running-clock.ts'
import {
  API,
  GRANTS,
  OTHER_API,
  OTHER_WAYS,
  type PreparedGrant,
} from '../../support/oauth-grants.ts'
import { openWorld, type World } from '../../support/open-world.ts'

let world: World
const risky = new Set<string>()

beforeAll(async () => {
  const riskProvider: RiskPort = {
    assess: async ({ tenant }) => ({
      level: risky.has(tenant.id) ? 'high' : 'low',
      reasons: ['listed'],
    }),
  }
  world = await openWorld({ clock: new RunningClock(), riskProvider })
})
afterAll(() => world.close())

/** What may happen between the moment a grant was prepared and the request for its token. */
const REASONS: Readonly<Record<string, (prepared: PreparedGrant) => Promise<unknown>>> = {
  'the user is suspended': ({ tenant, user }) =>
    world.app.identity.suspendUser(world.internalContext(tenant), user.userId),
  'the user is deleted': ({ tenant, user }) =>
    world.app.identity.deleteUser(world.internalContext(tenant), user.userId),
  'the session has ended': ({ user }) => user.call('POST', '/api/auth/logout'),
  'the password was changed elsewhere': async ({ user }) => {
    user.cookie = undefined
    await user.signIn()
    const { password } = user.identity
    return user.call('POST', '/api/auth/password/change', {
      current_password: password,
      new_password: 'another-meadow-ripple-78',
    })
  },
  'the consent was revoked': async ({ tenant, user }) => {
    const context = {
      ...world.internalContext(tenant),
      principal: undefined,
    } as never as UserContext
    const { data } = await grantHolders(tenant)
    for (const client of data) await world.app.oauth.disconnect(context, user.userId, client)
  },
  'the client demands a stronger class now': async ({ tenant }) => {
    for (const { id, metadata } of await clientsOf(tenant)) {
      const change = { metadata: { ...metadata, required_acr: ACR.mfa } }
      await world.app.clients.update(world.internalContext(tenant), { id }, change as never)
    }
  },
  'the client demands a second factor now': async ({ tenant }) => {
    for (const { id, metadata } of await clientsOf(tenant)) {
      const change = { metadata: { ...metadata, mfa_policy: 'required' } }
      await world.app.clients.update(world.internalContext(tenant), { id }, change as never)
    }
  },
  'an administrator demands a new password': ({ tenant, user }) =>
    world.app.identity.demandPasswordReset(world.internalContext(tenant), user.userId),
  'the risk is high': async ({ tenant }) => risky.add(tenant.id),
  'the tenant denies the source': ({ tenant }) =>
    changeTenant(tenant, { settings: { ip_deny_list: ['127.0.0.0/8'] } }),
  'the tenant demands a second factor now': ({ tenant }) =>
    changeTenant(tenant, { settings: { mfa_policy: 'required' } }),
}

/**
 * What does not concern a grant: it hangs on no session, consent or password of before its request,
 * and what demands a new password asks those who come with the password.
 */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  'urn:ietf:params:oauth:grant-type:jwt-bearer': [
    'the session has ended',
    'the password was changed elsewhere',
    'the consent was revoked',
    'an administrator demands a new password',
  ],
}

const ALWAYS: typeof REASONS = {
  'the client is disabled': ({ tenant, clientId }) =>
    world.app.clients.update(
      world.internalContext(tenant),
      { id: clientId },
      { status: 'disabled' },
    ),
  'the tenant is suspended': ({ tenant }) => changeTenant(tenant, { status: 'suspended' }),
}

const WAYS = { ...GRANTS, ...OTHER_WAYS }

async function prepare(grantType: string): Promise<PreparedGrant> {
  const tenant = await world.tenant(undefined, { audiences: [API, OTHER_API] })
  const user = await world.actors.user({ tenant })
  await user.signInWithCookie()
  const prepared = await WAYS[grantType]?.(world, tenant, user)
  if (prepared === undefined) throw new Error(`add ${grantType} to oauth-grants.ts`)
  return { tenant, user, ...prepared }
}

it('knows how to try every grant that the server offers', async () => {
  const tenant = await world.tenant()
  const answer = await world.app.http.inject({
    url: `/t/${tenant.slug}/.well-known/openid-configuration`,
  })
  const offered = answer.json<{ grant_types_supported: string[] }>().grant_types_supported

  expect(Object.keys(GRANTS).sort()).toEqual(offered.sort())
})

describe.each(Object.keys(WAYS))('the grant %s', (grantType) => {
  const isOfUser = !grantType.startsWith('client_credentials')

  it('gives a token while nothing stands against it', async () => {
    const prepared = await prepare(grantType)

    expect((await prepared.attempt()).access_token).toBeDefined()
  })

  const reasons = Object.keys({ ...ALWAYS, ...(isOfUser ? REASONS : {}) })
  const exceptions = EXCEPTIONS[grantType] ?? []
  it.each(reasons.filter((reason) => !exceptions.includes(reason)))(
    'gives none when %s',
    async (reason) => {
      const prepared = await prepare(grantType)
      await { ...ALWAYS, ...REASONS }[reason]?.(prepared)

      await expect(prepared.attempt()).rejects.toThrow()
    },
  )
})

it('refuses a source, and not the session behind it', async () => {
  const prepared = await prepare('refresh_token')
  const deny = (networks: string[]) =>
    changeTenant(prepared.tenant, { settings: { ip_deny_list: networks } })
  await deny(['127.0.0.0/8'])
  await expect(prepared.attempt()).rejects.toThrow()
  const [event] = (await readAudit(world, prepared.tenant)).slice(-1)
  await deny([])

  const details = { reason: 'risk_refused' }
  expect(event).toMatchObject({ action: 'oauth.token_refused', details })
  expect((await prepared.attempt()).access_token).toBeDefined()
})

function clientsOf(tenant: Tenant) {
  const page = { after: undefined, limit: 10 }
  return world.app.clients.list(world.internalContext(tenant), page)
}

/** Clients with a grant of a user: those that were registered first, see `oauth-grants.ts`. */
async function grantHolders(tenant: Tenant) {
  const clients = await clientsOf(tenant)
  const first = clients.at(-1)
  return { data: first === undefined ? [] : [first.id] }
}

async function changeTenant(
  { id, slug }: Tenant,
  change: Parameters<World['app']['tenants']['update']>[2],
): Promise<void> {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  await world.app.tenants.update(world.internalContext(system), id, change)
  world.app.directory.forget(slug)
}
