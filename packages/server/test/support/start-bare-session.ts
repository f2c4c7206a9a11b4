import {
  type Session,
  type SessionTransport,
  startSession,
} from '../../src/domains/sessions/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { startFamily } from '../../src/domains/tokens/index.ts'
import {
  newId,
  type Secret,
  toUuid,
  type UserContext,
  type UserId,
} from '../../src/kernel/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import type { StoreWorld } from './describe-store.ts'

export interface BareSession {
  readonly session: Session
  readonly refreshToken: Secret<string>
  readonly cookie: Secret<string> | undefined
  /** The context of a request that this session makes. */
  readonly context: UserContext
}

/** A user who exists and nothing more. */
export async function insertBareUser(world: StoreWorld, tenant: Tenant): Promise<UserId> {
  const id = newId('usr')
  const email = `${id}@example.test`
  const now = world.clock.now()
  await world.database.tenantBatch(tenant.id, [
    sql`INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
        VALUES (current_tenant_id(), ${toUuid(id)}, ${email}, ${email}, ${now}, ${now})`,
  ])
  return id
}

/** Starts a session without a sign-in: user, session and first refresh token. */
export async function startBareSession(
  world: StoreWorld,
  tenant: Tenant,
  options: { readonly userId?: UserId; readonly transport?: SessionTransport } = {},
): Promise<BareSession> {
  const userId = options.userId ?? (await insertBareUser(world, tenant))
  const context = world.context(tenant)
  const started = startSession(context, {
    userId,
    transport: options.transport ?? 'bearer',
    authTime: world.clock.now(),
    acr: 'urn:countersign:acr:pwd',
    amr: ['pwd'],
  })
  const family = startFamily(context, started.session)
  await world.database.tenantBatch(tenant.id, [started.statement, family.statement])
  return {
    session: started.session,
    refreshToken: family.refreshToken,
    cookie: started.cookie,
    context: asUser(world, tenant, started.session),
  }
}

function asUser(world: StoreWorld, tenant: Tenant, session: Session): UserContext {
  const principal = {
    kind: 'user',
    userId: session.userId,
    sessionId: session.id,
    via: session.transport === 'cookie' ? 'session_cookie' : 'access_token',
    roles: [],
    permissions: new Set<string>(),
    authTime: session.authTime,
    acr: session.acr,
    amr: session.amr,
    profile: {
      email: 'someone@example.test',
      emailVerifiedAt: undefined,
      displayName: undefined,
      locale: undefined,
      createdAt: session.createdAt,
    },
  } as const
  return { ...world.context(tenant), principal }
}

export interface TrailEntry {
  readonly action: string
  readonly outcome: string
  readonly session_id: string | null
  readonly details: Record<string, unknown>
}

/** Audit events of the tenant, oldest first. */
export async function readTrail(world: StoreWorld, tenant: Tenant): Promise<readonly TrailEntry[]> {
  const [rows] = await world.database.tenantBatch(tenant.id, [
    sql<TrailEntry>`SELECT action, outcome, session_id, details FROM audit_events
                     WHERE tenant_id = current_tenant_id() ORDER BY occurred_at, id`,
  ])
  return rows
}

export async function countEvents(
  world: StoreWorld,
  tenant: Tenant,
  action: string,
): Promise<number> {
  return (await readTrail(world, tenant)).filter((event) => event.action === action).length
}
