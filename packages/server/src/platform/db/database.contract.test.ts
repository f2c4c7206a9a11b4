import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { newId, sha256ForTest } from '../../../test/support/values.ts'
import { toUuid } from '../../kernel/index.ts'
import { consume, issueSingleUse } from './consume.ts'
import { sql } from './sql.ts'

describeStore('the database', (open) => {
  it('shows the application role no tenant without a tenant', async () => {
    const { database, tenant } = await open()
    await tenant()

    expect(await database.withoutTenant((tx) => tx.run(sql`SELECT * FROM tenants`))).toEqual([])
  })

  it('refuses every transaction of a suspended tenant', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    await database.withOperator(undefined, (tx) =>
      tx.run(sql`UPDATE tenants SET status = 'suspended' WHERE id = ${toUuid(acme.id)}`),
    )

    const batch = database.tenantBatch(acme.id, [sql`SELECT 1`])
    const transaction = database.withTenant(acme.id, (tx) => tx.run(sql`SELECT 1`))

    await expect(batch).rejects.toMatchObject({ code: 'tenant_suspended' })
    await expect(transaction).rejects.toMatchObject({ code: 'tenant_suspended' })
  })

  it('refuses a tenant that does not exist', async () => {
    const { database } = await open()

    const batch = database.tenantBatch(newId('ten'), [sql`SELECT 1`])

    await expect(batch).rejects.toMatchObject({ code: 'tenant_not_found' })
  })

  it('does not carry a tenant over to the next use of a connection', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    await database.tenantBatch(acme.id, [sql`SELECT 1`])

    const seen = await database.withoutTenant((tx) =>
      tx.first(sql<{ id: string | null }>`SELECT current_tenant_id() AS id`),
    )

    expect(seen?.id).toBeNull()
  })

  it('leaves no timer behind when a batch has been answered or has failed', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const timers = () =>
      process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = timers()

    for (let count = 0; count < 20; count++) await database.tenantBatch(acme.id, [sql`SELECT 1`])
    for (let count = 0; count < 20; count++) {
      await database.tenantBatch(acme.id, [sql`SELECT 1 / 0`]).catch(() => undefined)
    }

    // One is the pool's own, for a connection that stays idle.
    expect(timers()).toBeLessThanOrEqual(before + 1)
  })

  it('does all statements of a batch or none', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const insert = (email: string) => sql`
      INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
      VALUES (current_tenant_id(), ${toUuid(newId('usr'))}, ${email}, ${email}, now(), now())`

    const both = database.tenantBatch(acme.id, [insert('a@a.test'), insert('a@a.test')])

    await expect(both).rejects.toMatchObject({ code: '23505' })
    expect(await countRows(database, acme, 'users')).toBe(0)
  })

  it('does not commit a transaction whose failed statement was swallowed', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const work = database.withTenant(acme.id, async (tx) => {
      await tx.run(sql`SELECT 1 / 0`).catch(() => undefined)
    })

    await expect(work).rejects.toThrow('failed and was ignored')
  })

  it('refuses to write the row of another tenant', async () => {
    const { database, tenant } = await open()
    const [acme, evil] = [await tenant(), await tenant()]

    const write = database.tenantBatch(evil.id, [
      sql`
      INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
      VALUES (${toUuid(acme.id)}, ${toUuid(newId('usr'))}, 'x@x.test', 'x@x.test', now(), now())`,
    ])

    await expect(write).rejects.toMatchObject({ code: '42501' })
  })

  it('redeems a single-use value once, however many try at once (I2)', async () => {
    const { database, tenant, clock } = await open()
    const acme = await tenant()
    const { hash } = await issue(database, acme, clock.now())

    const results = await Promise.all(
      Array.from({ length: 50 }, () =>
        database.withTenant(acme.id, (tx) => consume(tx, 'password_reset', hash, clock.now())),
      ),
    )

    expect(results.filter((result) => result !== undefined)).toHaveLength(1)
  })

  it('refuses a single-use value of another purpose, tenant, or time', async () => {
    const { database, tenant, clock } = await open()
    const [acme, evil] = [await tenant(), await tenant()]
    const { hash } = await issue(database, acme, clock.now())
    const redeem = (as: typeof acme, purpose: 'password_reset' | 'invitation', now: Date) =>
      database.withTenant(as.id, (tx) => consume(tx, purpose, hash, now))

    expect(await redeem(evil, 'password_reset', clock.now())).toBeUndefined()
    expect(await redeem(acme, 'invitation', clock.now())).toBeUndefined()
    const expiry = new Date(clock.now().getTime() + 60_000)
    expect(await redeem(acme, 'password_reset', expiry)).toBeUndefined()
    expect(await redeem(acme, 'password_reset', clock.now())).toBeDefined()
  })
})

async function issue(
  database: Parameters<typeof countRows>[0],
  tenant: Parameters<typeof countRows>[1],
  now: Date,
) {
  const user = toUuid(newId('usr'))
  const hash = sha256ForTest(newId('key'))
  const email = `${user}@a.test`
  await database.withTenant(tenant.id, async (tx) => {
    await tx.run(sql`
      INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
      VALUES (current_tenant_id(), ${user}, ${email}, ${email}, ${now}, ${now})`)
    await issueSingleUse(tx, {
      purpose: 'password_reset',
      hash,
      subject: user,
      payload: '',
      createdAt: now,
      expiresAt: new Date(now.getTime() + 60_000),
    })
  })
  return { user, hash }
}
