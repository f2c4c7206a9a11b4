import { afterAll } from 'vitest'
import type { StoreWorld } from '../../../test/support/describe-store.ts'
import {
  AppError,
  newId,
  type Principal,
  Secret,
  type TenantRef,
  type UserContext,
  type UserId,
} from '../../kernel/index.ts'
import { type Database, sql } from '../../platform/db/index.ts'
import { createPasswordHasher, type PasswordHasher } from '../../platform/password-hashing/index.ts'
import { createAccess, permissionsOf } from '../access/index.ts'
import { createIdentity, type IdentityMessage } from './index.ts'
import { FakePorts } from './fake-ports.contract.ts'

export const GOOD_PASSWORD = 'plinth-ochre-tandem-41'
export const OTHER_PASSWORD = 'gravel harp untold mosaic'

export type IdentityWorld = Awaited<ReturnType<ReturnType<typeof identityWorlds>>>

/** Worlds of this domain with the real hasher, cheap, and fakes at the ports only. */
export function identityWorlds(open: () => Promise<StoreWorld>) {
  let hasher: PasswordHasher | undefined
  afterAll(() => hasher?.close())
  return async (settings?: Parameters<StoreWorld['tenant']>[0]) => {
    const world = await open()
    hasher ??= createPasswordHasher(CHEAP)
    const acme = await world.tenant(settings)
    const ports = new FakePorts(hasher)
    const access = createAccess({ database: world.database })
    const identity = createIdentity({ database: world.database, access, ...ports.dependencies() })
    const anonymous = world.context(acme)
    const as = (userId: UserId, roles: string[] = [], custom: string[] = []): UserContext => ({
      ...anonymous,
      principal: principalOf(acme, userId, roles, custom),
    })
    const register = async (email: string, password = GOOD_PASSWORD) => {
      await identity.register(anonymous, { email, password: new Secret(password) })
      const token = ports.lastToken('verify_email')
      const account = await world.database.withTenant(acme.id, (tx) =>
        identity.findForSignIn(tx, email),
      )
      if (account === undefined) throw new Error('registration failed')
      return { userId: account.userId, token }
    }
    const signsIn = async (email: string, password: string) => {
      const account = await world.database.withTenant(acme.id, (tx) =>
        identity.findForSignIn(tx, email),
      )
      return (await identity.verifyPassword(account?.passwordHash, new Secret(password))).matches
    }
    const system = world.context(acme, { source: { ip: 'internal', userAgent: undefined } })
    const admin = as(newId('usr'), ['admin'])
    const audit = (tenant: TenantRef = acme) => auditTrail(world.database, tenant)
    return {
      ...world,
      acme,
      ports,
      access,
      identity,
      anonymous,
      system,
      admin,
      as,
      register,
      signsIn,
      audit,
    }
  }
}

function principalOf(
  tenant: TenantRef,
  userId: UserId,
  roles: string[],
  custom: string[],
): Principal {
  return {
    kind: 'user',
    userId,
    sessionId: newId('ses'),
    via: 'access_token',
    profile: {
      email: 'someone@example.test',
      emailVerifiedAt: undefined,
      displayName: undefined,
      locale: undefined,
      createdAt: new Date(0),
    },
    roles,
    permissions: permissionsOf(tenant, roles, custom),
    authTime: new Date(0),
    acr: '1',
    amr: ['pwd'],
  }
}

/** `action outcome` of every event of the tenant, oldest first. */
async function auditTrail(database: Database, tenant: TenantRef): Promise<string[]> {
  const [rows] = await database.tenantBatch(tenant.id, [
    sql<{ entry: string }>`
    SELECT action || ' ' || outcome AS entry FROM audit_events
     WHERE tenant_id = current_tenant_id() ORDER BY id`,
  ])
  return rows.map((row) => row.entry)
}

/** A database that counts the statements of its transactions. */
export function countingStatements(database: Database): { database: Database; count(): number } {
  let count = 0
  const counted: Database = {
    ...database,
    withTenant: (tenant, work) =>
      database.withTenant(tenant, (tx) =>
        work({
          run: (statement) => {
            count += 1
            return tx.run(statement)
          },
          first: (statement) => {
            count += 1
            return tx.first(statement)
          },
          later: (statement) => {
            count += 1
            return tx.later(statement)
          },
        }),
      ),
  }
  return { database: counted, count: () => count }
}

/** Fifty at once: how many succeeded, and the distinct codes of the others. */
export async function race(
  work: (index: number) => Promise<unknown>,
): Promise<{ succeeded: number; codes: string[] }> {
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => work(index)))
  const rejected = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const codes = rejected.map((reason) => (reason instanceof AppError ? reason.code : 'no AppError'))
  return { succeeded: results.length - rejected.length, codes: [...new Set(codes)] }
}

export function kindsOf(messages: readonly IdentityMessage[]): string[] {
  return messages.map((message) => message.kind)
}

const CHEAP = { memoryKib: 256, iterations: 1, parallelism: 1, workers: 1, queueLimit: 500 }
