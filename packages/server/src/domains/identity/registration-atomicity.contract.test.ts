import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { Secret } from '../../kernel/index.ts'
import type { Database, Statement, Tx } from '../../platform/db/index.ts'
import { createIdentity } from './index.ts'
import { GOOD_PASSWORD, identityWorlds, kindsOf } from './identity-world.contract.ts'

/** I3, I5: what is acknowledged is wholly there, and what is not leaves nothing behind. */
describeStore('an account and the token that proves its address', (open) => {
  const worlds = identityWorlds(open)
  const registration = { email: 'ada@example.test', password: new Secret(GOOD_PASSWORD) }
  const TABLES = ['users', 'passwords', 'single_use_values', 'audit_events'] as const

  async function setUp() {
    const world = await worlds()
    const { access, ports, acme } = world
    /** The same domain on a database that breaks at the first write to this table. */
    const brokenAt = (table: string) =>
      createIdentity({
        database: breakingAt(world.database, table),
        access,
        ...ports.dependencies(),
      })
    const rows = async () => {
      const counts = TABLES.map((table) => countRows(world.database, acme, table))
      return Object.fromEntries((await Promise.all(counts)).map((n, i) => [TABLES[i], n]))
    }
    return { ...world, brokenAt, rows }
  }

  it.each(TABLES)('leave nothing behind if %s can not be written', async (table) => {
    const { identity, anonymous, ports, brokenAt, rows, signsIn } = await setUp()

    await expect(brokenAt(table).register(anonymous, registration)).rejects.toThrow('broken')

    expect(await rows()).toEqual({ users: 0, passwords: 0, single_use_values: 0, audit_events: 0 })
    ports.messages.length = 0
    await identity.register(anonymous, registration)
    expect(kindsOf(ports.messages)).toEqual(['verify_email'])
    expect(await signsIn(registration.email, GOOD_PASSWORD)).toBe(true)
  })

  it('leave nothing behind if the message can not be queued', async () => {
    const { database, access, anonymous, ports, rows } = await setUp()
    const messages = { send: () => Promise.reject(new Error('no outbox')) }
    const identity = createIdentity({ database, access, ...ports.dependencies(), messages })

    await expect(identity.register(anonymous, registration)).rejects.toThrow('no outbox')

    expect(await rows()).toEqual({ users: 0, passwords: 0, single_use_values: 0, audit_events: 0 })
  })

  it.each(['users', 'audit_events'])(
    'go together at the proof: the token stays usable if %s can not be written',
    async (table) => {
      const { identity, anonymous, register, brokenAt } = await setUp()
      const { token, userId } = await register(registration.email)

      await expect(brokenAt(table).verifyEmail(anonymous, token)).rejects.toThrow('broken')

      expect((await identity.getUser(anonymous, userId)).emailVerifiedAt).toBeUndefined()
      await identity.verifyEmail(anonymous, token)
      expect((await identity.getUser(anonymous, userId)).emailVerifiedAt).toBeDefined()
    },
  )
})

function breakingAt(database: Database, table: string): Database {
  const writes = new RegExp(`(INSERT INTO|UPDATE) ${table}\\b`)
  const check = ({ text }: Statement<unknown>) => {
    if (writes.test(text)) throw new Error('broken')
  }
  const breaking = (tx: Tx): Tx => ({
    run: async (statement) => {
      check(statement)
      return tx.run(statement)
    },
    first: async (statement) => {
      check(statement)
      return tx.first(statement)
    },
    later: async (statement) => {
      check(statement)
      return tx.later(statement)
    },
  })
  const withTenant: Database['withTenant'] = (tenant, work) =>
    database.withTenant(tenant, (tx) => work(breaking(tx)))
  return { ...database, withTenant }
}
