import { AsyncLocalStorage } from 'node:async_hooks'
import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { newId } from '../../../test/support/values.ts'
import { toUuid } from '../../kernel/index.ts'
import type { Database } from './database.ts'
import { sql, type Statement } from './sql.ts'

describeStore('what a transaction sends together', (open) => {
  it('answers statements that were begun together with their own rows, in order', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const rows = await database.withTenant(acme.id, (tx) =>
      Promise.all([1, 2, 3].map((n) => tx.first(sql<{ n: number }>`SELECT ${n}::integer AS n`))),
    )

    expect(rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('writes what nobody waits for before what is asked next, and with the commit', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const seen = await database.withTenant(acme.id, async (tx) => {
      await tx.later(insertUser('a@a.test'))
      const row = await tx.first(sql<{ n: number }>`SELECT count(*)::integer AS n FROM users`)
      await tx.later(insertUser('b@a.test'))
      return row?.n
    })

    expect(seen).toBe(1)
    expect(await countRows(database, acme, 'users')).toBe(2)
  })

  it('fails the commit, and so everything, if what nobody waits for fails', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const work = database.withTenant(acme.id, async (tx) => {
      await tx.run(insertUser('a@a.test'))
      await tx.later(insertUser('a@a.test'))
    })

    await expect(work).rejects.toMatchObject({ code: '23505' })
    expect(await countRows(database, acme, 'users')).toBe(0)
  })

  it('writes nothing of what was not sent when the work throws', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const work = database.withTenant(acme.id, async (tx) => {
      await tx.later(insertUser('a@a.test'))
      throw new Error('no')
    })

    await expect(work).rejects.toThrow('no')
    expect(await countRows(database, acme, 'users')).toBe(0)
  })

  it('refuses statements behind its end', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const tx = await database.withTenant(acme.id, async (open) => {
      await open.run(sql`SELECT 1`)
      return open
    })

    await expect(tx.run(sql`SELECT 1`)).rejects.toThrow('is over')
    await expect(tx.later(insertUser('a@a.test'))).rejects.toThrow('is over')
    expect(await countRows(database, acme, 'users')).toBe(0)
  })
})

describeStore('what many callers share', (open) => {
  it('gives each caller of a batch the rows of its own statements', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const ask = (n: number) =>
      database.sharedBatch(acme.id, [
        sql<{ n: number }>`SELECT ${n}::integer AS n`,
        sql<{ m: number }>`SELECT ${-n}::integer AS m`,
      ])

    const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n + 1)))

    expect(answers.map(([[first], [second]]) => [first?.n, second?.m])).toEqual(
      Array.from({ length: 50 }, (_, n) => [n + 1, -n - 1]),
    )
  })

  it('fails the caller of a batch whose statement fails, and nobody else', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const emails = ['a@a.test', 'b@a.test', 'a@a.test', 'c@a.test']

    const results = await Promise.allSettled(
      emails.map((email) => database.sharedBatch(acme.id, [insertUser(email)])),
    )

    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await countRows(database, acme, 'users')).toBe(3)
  })

  it('undoes the work of a caller that throws, and of nobody else', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) =>
        database.sharedTransaction(acme.id, async (tx) => {
          await tx.run(insertUser(`${name}@a.test`))
          if (name === 'b') throw new Error('refused')
          return name
        }),
      ),
    )

    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await emailsOf(database, acme.id)).toEqual(['a@a.test', 'c@a.test'])
  })

  it('keeps the work of each caller in the context of its own request', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const storage = new AsyncLocalStorage<number>()
    const numbers = Array.from({ length: 20 }, (_, n) => n)

    const seen = await Promise.all(
      numbers.map((n) =>
        storage.run(n, () =>
          database.sharedTransaction(acme.id, async (tx) => {
            const before = storage.getStore()
            await tx.run(sql`SELECT 1`)
            return [before, storage.getStore()]
          }),
        ),
      ),
    )

    expect(seen).toEqual(numbers.map((n) => [n, n]))
  })

  it('never mixes tenants', async () => {
    const { database, tenant } = await open()
    const tenants = await Promise.all(Array.from({ length: 5 }, () => tenant()))
    const ask = (id: (typeof tenants)[number]['id']) =>
      database.sharedBatch(id, [sql<{ id: string }>`SELECT current_tenant_id() AS id`])

    const rows = await Promise.all([...tenants, ...tenants].map(({ id }) => ask(id)))

    expect(rows.map(([[row]]) => row?.id)).toEqual(
      [...tenants, ...tenants].map(({ id }) => toUuid(id)),
    )
  })

  it('refuses everybody whose tenant is suspended', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    await database.withOperator(undefined, (tx) =>
      tx.run(sql`UPDATE tenants SET status = 'suspended' WHERE id = ${toUuid(acme.id)}`),
    )

    const both = await Promise.allSettled([
      database.sharedBatch(acme.id, [sql`SELECT 1`]),
      database.sharedBatch(acme.id, [sql`SELECT 1`]),
      database.sharedTransaction(acme.id, (tx) => tx.run(sql`SELECT 1`)),
    ])

    expect(both.map((result) => 'reason' in result && result.reason.code)).toEqual(
      Array.from({ length: 3 }, () => 'tenant_suspended'),
    )
  })
})

function insertUser(email: string): Statement {
  return sql`
    INSERT INTO users (tenant_id, id, email, email_key, created_at, updated_at)
    VALUES (current_tenant_id(), ${toUuid(newId('usr'))}, ${email}, ${email}, now(), now())`
}

async function emailsOf(database: Database, tenant: Parameters<Database['tenantBatch']>[0]) {
  const [rows] = await database.tenantBatch(tenant, [
    sql<{ email: string }>`SELECT email FROM users ORDER BY email`,
  ])
  return rows.map(({ email }) => email)
}
