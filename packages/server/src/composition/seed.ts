import { fromBase32 } from '../domains/factors/index.ts'
import { createIdentity, type Identity } from '../domains/identity/index.ts'
import { createAttemptBudget } from '../domains/sign-in/index.ts'
import type { Tenant } from '../domains/tenants/index.ts'
import {
  AppError,
  type ClientId,
  newId,
  type RequestContext,
  Secret,
  type TenantRef,
} from '../kernel/index.ts'
import type { Application } from './compose.ts'
import { DEMO_API, DEMO_CLIENTS, type DemoClient } from './demo-clients.ts'
import type { Infrastructure } from './infrastructure.ts'

export interface DemoUser {
  readonly email: string
  readonly role: string | undefined
  /** Base 32 secret of an authenticator app. WARNING: everyone knows it, as the password. */
  readonly totpSecret?: string
}

/** WARNING: everyone knows it. It exists in development only. */
export const DEMO_PASSWORD = 'correct-horse-demo'
/** `aud` that the tokens of demo tenants carry for the example resource server. */
export const DEMO_AUDIENCE = 'notes-api'
export const DEMO_OPERATOR: DemoUser = { email: 'olga@system.test', role: 'operator' }
/** WARNING: everyone knows it. It is the one that many examples of TOTP use. */
const DEMO_TOTP_SECRET = 'JBSWY3DPEHPK3PXP'
export const SECOND_TENANT = 'globex'

export function demoUsersOf(slug: string): readonly DemoUser[] {
  return [
    { email: `ana@${slug}.test`, role: 'trader', totpSecret: DEMO_TOTP_SECRET },
    { email: `ben@${slug}.test`, role: 'analyst' },
    { email: `chloe@${slug}.test`, role: 'approver' },
    { email: `dan@${slug}.test`, role: 'admin' },
  ]
}

/**
 * Makes the demo tenants, roles, users and clients that are missing; changes none that are there. A start
 * that was interrupted in the middle is completed by the next one.
 */
export async function seed(
  application: Application,
  infrastructure: Infrastructure,
  slug: string,
): Promise<Tenant> {
  const system = await application.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the `system` tenant is missing')
  const seeder = createSeeder(application, infrastructure)
  const tenant = await seeder.tenant(system, slug)
  const second = slug === SECOND_TENANT ? tenant : await seeder.tenant(system, SECOND_TENANT)
  await Promise.all([
    ...demoUsersOf(slug).map((user) => seeder.user(tenant, user)),
    seeder.user(second, { email: `gus@${SECOND_TENANT}.test`, role: 'analyst' }),
    seeder.user(system, DEMO_OPERATOR),
    ...DEMO_CLIENTS.map((client) => seeder.client(tenant, client)),
  ])
  return tenant
}

interface Seeder {
  tenant(system: Tenant, slug: string): Promise<Tenant>
  user(tenant: TenantRef, user: DemoUser): Promise<void>
  client(tenant: TenantRef, client: DemoClient): Promise<void>
}

function createSeeder(application: Application, infrastructure: Infrastructure): Seeder {
  const { clock } = infrastructure
  const tokens = new Map<string, Secret<string>>()
  const identity = createSilentIdentity(application, infrastructure, tokens)
  return {
    tenant: async (system, slug) => {
      const tenant =
        (await application.tenants.findBySlug(slug)) ??
        (await application.tenants.create(ownContext(system, infrastructure), {
          slug,
          name: slug.charAt(0).toUpperCase() + slug.slice(1),
          settings: { audiences: [DEMO_AUDIENCE, DEMO_API] },
        }))
      await defineMissingRoles(application, ownContext(tenant, infrastructure))
      return tenant
    },
    user: async (tenant, user) => {
      const context: RequestContext = { ...ownContext(tenant, infrastructure), clock }
      const isNew = !(await ensureUser(identity, context, user))
      const token = isNew ? tokens.get(keyOf(context, user.email)) : undefined
      if (token !== undefined) await identity.verifyEmail(context, token)
      await ensureFactor(application, infrastructure, context, user)
    },
    client: async (tenant, { id, secret, ...client }) => {
      const context = ownContext(tenant, infrastructure)
      if (await isMissing(application, context, id)) {
        await application.clients.create(context, client, { id, secret })
      }
    },
  }
}

/** Answers true if there is nothing left to do. */
async function ensureUser(
  identity: Identity,
  context: RequestContext,
  { email, role }: DemoUser,
): Promise<boolean> {
  const [existing] = await identity.listUsers(context, { email, limit: 1 })
  if (existing?.emailVerifiedAt !== undefined) return true
  if (existing !== undefined) {
    await identity.resendVerification(context, email)
    return false
  }
  await identity.createUser(context, {
    email,
    displayName: displayNameOf(email),
    password: new Secret(DEMO_PASSWORD),
    roles: role === undefined ? [] : [role],
  })
  return false
}

/** Who removed the factor gets it again with the next start, like a user who was deleted. */
async function ensureFactor(
  { factors, identity }: Application,
  { database }: Infrastructure,
  context: RequestContext,
  { email, totpSecret }: DemoUser,
): Promise<void> {
  if (totpSecret === undefined) return
  const [user] = await identity.listUsers(context, { email, limit: 1 })
  if (user === undefined) return
  const { kinds } = await database.withTenant(context.tenant.id, (tx) =>
    factors.within.readState(tx, user.id),
  )
  if (kinds.length === 0) await factors.importTotp(context, user.id, fromBase32(totpSecret))
}

async function isMissing({ clients }: Application, context: RequestContext, id: ClientId) {
  try {
    await clients.get(context, id)
    return false
  } catch (error) {
    if (error instanceof AppError && error.code === 'client_not_found') return true
    throw error
  }
}

async function defineMissingRoles(application: Application, context: RequestContext) {
  const known = new Set((await application.access.listRoles(context)).map((role) => role.name))
  for (const role of DEMO_ROLES) {
    if (!known.has(role.name)) await application.access.defineRole(context, role)
  }
}

/**
 * The production use cases, except that messages are not sent: demo users have no mailbox that
 * anybody waits for, so the token that would prove the address is used at once.
 */
function createSilentIdentity(
  { access, sessions }: Application,
  { database, hasher }: Infrastructure,
  tokens: Map<string, Secret<string>>,
): Identity {
  return createIdentity({
    database,
    hasher,
    access,
    credentialChange: sessions.asCredentialChangePort(),
    guesses: createAttemptBudget(database),
    messages: {
      send: async (_tx, context, { to, token }) => {
        if (token !== undefined) tokens.set(keyOf(context, to), token)
      },
    },
  })
}

function ownContext(tenant: TenantRef, { clock }: Infrastructure): RequestContext {
  const source = { ip: 'internal', userAgent: undefined }
  return { requestId: newId('req'), tenant, principal: undefined, source, clock }
}

function keyOf({ tenant }: RequestContext, email: string): string {
  return `${tenant.id}/${email}`
}

function displayNameOf(email: string): string {
  return email.charAt(0).toUpperCase() + email.slice(1, email.indexOf('@'))
}

const DEMO_ROLES = [
  {
    name: 'trader',
    description: 'Places orders.',
    permissions: ['app:orders.read', 'app:orders.create'],
  },
  { name: 'analyst', description: 'Reads orders.', permissions: ['app:orders.read'] },
  {
    name: 'approver',
    description: 'Approves payments.',
    permissions: ['app:orders.read', 'app:payments.approve'],
  },
] as const
