import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { newId, toUuid } from '../../kernel/index.ts'
import { type Statement, sql } from './sql.ts'

const role = (name: string): Statement => sql`
  INSERT INTO roles (tenant_id, name, permissions, created_at)
  VALUES (current_tenant_id(), ${name}, '{}', now())`

const failing = sql`SELECT 1 / 0`

describeStore('a transaction of one round trip', (open) => {
  it('gives everybody their own rows, and has committed what nobody waits for', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const before = await countRows(database, acme, 'roles')

    const answers = await database.withTenantOnce(acme.id, (tx) =>
      Promise.all([
        tx.run(sql<{ n: number }>`SELECT 1 AS n`),
        tx.later(role('later')),
        tx.first(sql<{ n: number }>`SELECT 2 AS n`),
        tx.first(sql`SELECT 3 WHERE false`),
      ]),
    )

    expect(answers).toEqual([[{ n: 1 }], undefined, { n: 2 }, undefined])
    expect(await countRows(database, acme, 'roles')).toBe(before + 1)
  })

  it('writes nothing if one statement fails, whichever', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const before = await countRows(database, acme, 'roles')

    const read = database.withTenantOnce(acme.id, (tx) =>
      Promise.all([tx.run(role('one')), tx.run(failing)]),
    )
    const unread = database.withTenantOnce(acme.id, (tx) =>
      Promise.all([tx.later(role('two')), tx.later(failing)]),
    )

    await expect(read).rejects.toThrow()
    await expect(unread).rejects.toThrow()
    expect(await countRows(database, acme, 'roles')).toBe(before)
  })

  it('refuses what is begun after it was sent', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()

    const late = database.withTenantOnce(acme.id, async (tx) => {
      await tx.run(sql`SELECT 1`)
      return tx.run(sql`SELECT 2`)
    })

    await expect(late).rejects.toThrow('one round trip')
  })

  it('is of its tenant, which has to be there and active', async () => {
    const { database, tenant } = await open()
    const acme = await tenant()
    const seen = await database.withTenantOnce(acme.id, (tx) =>
      tx.first(sql<{ id: string }>`SELECT current_tenant_id() AS id`),
    )
    await database.withOperator(undefined, (tx) =>
      tx.run(sql`UPDATE tenants SET status = 'suspended' WHERE id = ${toUuid(acme.id)}`),
    )

    const ask = (id = acme.id) => database.withTenantOnce(id, (tx) => tx.run(sql`SELECT 1`))

    expect(seen?.id).toBe(toUuid(acme.id))
    await expect(ask()).rejects.toMatchObject({ code: 'tenant_suspended' })
    await expect(ask(newId('ten'))).rejects.toMatchObject({ code: 'tenant_not_found' })
  })
})
