import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withPrincipal } from './postgres.ts'

const alice = { tenant: 'ten_a', subject: 'usr_alice' }
const bob = { tenant: 'ten_b', subject: 'usr_bob' }

describe('withPrincipal', () => {
  let database: PGlite
  let pool: pg.Pool
  beforeAll(async () => {
    database = await PGlite.create()
    pool = new pg.Pool(createPgConfig(database))
    await database.exec(`
      create table notes (tenant_id text not null, user_id text not null, body text not null);
      alter table notes enable row level security;
      alter table notes force row level security;
      create policy own_notes on notes
        using (tenant_id = current_setting('app.tenant_id', true)
          and user_id = current_setting('app.user_id', true));
      create role notes_api nologin;
      grant select, insert on notes to notes_api;
      set role notes_api;
    `)
  })
  afterAll(async () => {
    await pool.end()
    await database.close()
  })

  const write = (principal: typeof alice, body: string) =>
    withPrincipal(pool, principal, async (client) => {
      const text = 'insert into notes values ($1, $2, $3)'
      await client.query(text, [principal.tenant, principal.subject, body])
    })
  const read = (principal: typeof alice) =>
    withPrincipal(pool, principal, async (client) => {
      const { rows } = await client.query<{ body: string }>('select body from notes order by body')
      return rows.map((row) => row.body)
    })

  it('shows each principal only the own rows', async () => {
    await write(alice, 'of alice')
    await write(bob, 'of bob')

    expect(await read(alice)).toEqual(['of alice'])
    expect(await read(bob)).toEqual(['of bob'])
    expect(await read({ ...alice, tenant: 'ten_b' })).toEqual([])
  })

  it('leaves nothing of the principal on the connection', async () => {
    await read(alice)

    const settings = "current_setting('app.tenant_id', true), current_setting('app.user_id', true)"
    const { rows } = await pool.query(`select concat(${settings}) as left_over`)
    expect(rows).toEqual([{ left_over: '' }])
    expect((await pool.query('select * from notes')).rows).toEqual([])
  })

  it('rolls back when the work rejects, and gives the connection back', async () => {
    const attempt = withPrincipal(pool, alice, async (client) => {
      await client.query("insert into notes values ('ten_a', 'usr_alice', 'lost')")
      throw new Error('changed my mind')
    })

    await expect(attempt).rejects.toThrow('changed my mind')
    expect(await read(alice)).not.toContain('lost')
    expect(pool.idleCount).toBe(pool.totalCount)
  })

  it('says so when a swallowed error made the commit a rollback', async () => {
    const attempt = withPrincipal(pool, alice, async (client) => {
      await client.query('select 1/0').catch(() => undefined)
    })

    await expect(attempt).rejects.toThrow('rolled back')
  })

  it('takes names as values and not as SQL', async () => {
    expect(await read({ tenant: "x', true); drop table notes; --", subject: 'x' })).toEqual([])
    expect(await read(alice)).toContain('of alice')
  })

  it.each([undefined, ''])('refuses a principal with the tenant %j', async (tenant) => {
    const attempt = withPrincipal(pool, { tenant, subject: 'usr_x' }, async () => 'reached')

    await expect(attempt).rejects.toMatchObject({ code: 'claim_missing' })
  })
})

describe('withPrincipal on a connection that breaks', () => {
  function breakingPool(failing: string) {
    const released: unknown[] = []
    const client = {
      query: async (text: string) => {
        if (text.startsWith(failing) || text === 'ROLLBACK') throw new Error(`lost at ${text}`)
        return { command: text }
      },
      release: (destroy?: Error | boolean) => {
        released.push(destroy)
      },
    }
    return { released, pool: { connect: async () => client } }
  }

  it.each(['BEGIN', 'select set_config', 'COMMIT'])(
    'destroys it when %s and the rollback fail',
    async (failing) => {
      const { pool, released } = breakingPool(failing)

      const attempt = withPrincipal(pool, alice, async () => 'done')

      await expect(attempt).rejects.toThrow(`lost at ${failing}`)
      expect(released).toEqual([expect.any(Error)])
    },
  )
})
