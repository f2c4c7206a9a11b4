import { createVerifier } from '@countersign/verify'
import { withPrincipal } from '@countersign/verify/postgres'
import type { FastifyInstance } from 'fastify'
import { Pool, type PoolClient } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createNotesApi } from './src/notes-api.ts'
import type { NotesDatabase } from './src/notes-database.ts'
import { describeDatabase } from './test/describe-database.ts'
import { type IdentityServer, startIdentityServer } from './test/identity-server.ts'

interface Note {
  readonly id: string
  readonly text: string
}

describe('the notes API beside a running Countersign', () => {
  let identity: IdentityServer
  let ben: string
  let dan: string
  let gus: string
  beforeAll(async () => {
    identity = await startIdentityServer()
    ben = await identity.signIn('ben@acme.test')
    dan = await identity.signIn('dan@acme.test')
    gus = await identity.signIn('gus@globex.test')
  })
  afterAll(() => identity?.stop())

  describeDatabase('its notes', (open) => {
    let database: NotesDatabase
    let app: FastifyInstance
    let origin: string
    beforeAll(async () => {
      database = await open()
      app = await createNotesApi(database.pool, verifierFor('notes-api'))
      origin = await app.listen({ host: '127.0.0.1', port: 0 })
    })
    afterAll(async () => {
      await app?.close()
      await database?.close()
    })

    const verifierFor = (audience: string) =>
      createVerifier({ issuer: { tenantsOf: identity.url }, audience })

    const send = (method: string, path: string, token?: string, body?: unknown) =>
      fetch(`${origin}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      })
    const write = async (token: string, text: string) => {
      const response = await send('POST', '/notes', token, { text })
      expect(response.status).toBe(201)
      return (await response.json()) as Note
    }
    const textsOf = async (token: string) => {
      const response = await send('GET', '/notes', token)
      expect(response.status).toBe(200)
      const { data } = (await response.json()) as { data: Note[] }
      return data.map((note) => note.text)
    }

    it('shows users of two tenants, and two users of one tenant, only their own notes', async () => {
      await write(ben, 'ben was here')
      await write(dan, 'dan was here')
      await write(gus, 'gus was here')

      expect(await textsOf(ben)).toEqual(['ben was here'])
      expect(await textsOf(dan)).toEqual(['dan was here'])
      expect(await textsOf(gus)).toEqual(['gus was here'])
    })

    it('keeps parallel requests of different users apart', async () => {
      const expected = [ben, dan, gus].map((token, at) => ({ token, text: `parallel ${at}` }))
      for (const { token, text } of expected) await write(token, text)

      const seen = await Promise.all(
        Array.from({ length: 50 }, async (_, at) => {
          const { token, text } = expected[at % 3] ?? { token: '', text: '' }
          return { text, texts: await textsOf(token) }
        }),
      )

      for (const { text, texts } of seen) {
        expect(texts.filter((other) => other.startsWith('parallel'))).toEqual([text])
      }
    })

    it('lets the owner delete a note, and answers anyone else as if it did not exist', async () => {
      const { id } = await write(ben, 'to be deleted')
      const absent = `/notes/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}`

      const answers = []
      for (const token of [dan, gus]) answers.push(await send('DELETE', `/notes/${id}`, token))
      answers.push(await send('DELETE', absent, ben))

      expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404])
      const bodies = await Promise.all(answers.map((answer) => answer.text()))
      expect(new Set(bodies.map((body) => body.replace(/[0-9a-f-]{36}/, '{id}'))).size).toBe(1)
      expect(await textsOf(ben)).toContain('to be deleted')
      expect((await send('DELETE', `/notes/${id}`, ben)).status).toBe(204)
      expect(await textsOf(ben)).not.toContain('to be deleted')
    })

    it.each([
      ['GET', '/notes'],
      ['POST', '/notes'],
      ['DELETE', '/notes/x'],
      ['GET', '/nowhere'],
    ])('challenges %s %s without a token', async (method, path) => {
      const response = await send(method, path)

      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(await response.json()).toMatchObject({ code: 'token_missing' })
    })

    it('refuses a token that is meant for another API', async () => {
      const other = await createNotesApi(database.pool, verifierFor('billing-api'))

      const response = await other.inject({
        url: '/notes',
        headers: { authorization: `Bearer ${ben}` },
      })

      expect(response.statusCode).toBe(401)
      expect(response.json()).toMatchObject({ code: 'audience_refused' })
      await other.close()
    })

    it('refuses a token whose claims were changed', async () => {
      const [header, payload = '', signature] = ben.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object
      const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'usr_x' })).toString('base64url')

      const response = await send('GET', '/notes', `${header}.${forged}.${signature}`)

      expect(response.status).toBe(401)
      expect(await response.json()).toMatchObject({ code: 'signature_invalid' })
    })

    it.each([
      ['no text', {}],
      ['an empty text', { text: '' }],
      ['a number', { text: 7 }],
      ['a NUL character', { text: 'a\0b' }],
      ['an owner', { text: 'mine', user_id: 'usr_x' }],
      ['too much', { text: 'x'.repeat(10_001) }],
    ])('refuses a note with %s', async (_, body) => {
      const before = await textsOf(ben)

      expect((await send('POST', '/notes', ben, body)).status).toBe(400)
      expect(await textsOf(ben)).toEqual(before)
    })

    it('says nothing about its database when that fails', async () => {
      const unreachable = new Pool({ connectionString: 'postgres://notes@127.0.0.1:1/notes' })
      const broken = await createNotesApi(unreachable, verifierFor('notes-api'))

      const response = await broken.inject({
        url: '/notes',
        headers: { authorization: `Bearer ${ben}` },
      })

      expect(response.statusCode).toBe(500)
      expect(response.json()).toEqual({ statusCode: 500, error: 'Internal Server Error' })
      await broken.close()
    })

    it('refuses an id that is none', async () => {
      expect((await send('DELETE', '/notes/urn:uuid:1', ben)).status).toBe(400)
    })
  })
})

describeDatabase('row-level security of notes', (open) => {
  const alice = { tenant: 'ten_a', subject: 'usr_alice' }
  let database: NotesDatabase
  beforeAll(async () => {
    database = await open()
  })
  afterAll(() => database?.close())

  const readAs = (principal: typeof alice) =>
    withPrincipal(database.pool, principal, async (client) => {
      const { rows } = await client.query<{ text: string }>('select text from notes')
      return rows.map((row) => row.text)
    })
  const writeAs = (principal: typeof alice, text: string) =>
    withPrincipal(database.pool, principal, (client) =>
      client.query('insert into notes (text) values ($1)', [text]),
    )

  /** A transaction of the service in which nobody called `withPrincipal`. */
  async function withoutPrincipal<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await database.pool.connect()
    try {
      await client.query('begin')
      return await work(client)
    } finally {
      await client.query('commit')
      client.release()
    }
  }
  const insert = "insert into notes (tenant_id, user_id, text) values ($1, $2, 'of nobody')"
  /** Row-level security does not bind the superuser who opened the session. */
  const insertAsSuperuser = (...owner: readonly string[]) =>
    withoutPrincipal(async (client) => {
      await client.query('set local role none')
      await client.query(insert, [...owner])
    })

  it('is forced on the table, for a role that cannot lift it', async () => {
    const { rows } = await database.pool.query(`
      select rolsuper, rolbypassrls, relrowsecurity, relforcerowsecurity,
        pg_has_role(current_user, relowner, 'member') as is_owner
      from pg_roles, pg_class
      where rolname = current_user and pg_class.oid = 'notes'::regclass`)

    expect(rows).toEqual([
      {
        rolsuper: false,
        rolbypassrls: false,
        relrowsecurity: true,
        relforcerowsecurity: true,
        is_owner: false,
      },
    ])
  })

  it('separates tenants even where the user has the same id, and users of one tenant', async () => {
    await writeAs(alice, 'of alice')

    expect(await readAs(alice)).toEqual(['of alice'])
    expect(await readAs({ ...alice, tenant: 'ten_b' })).toEqual([])
    expect(await readAs({ ...alice, subject: 'usr_bob' })).toEqual([])
  })

  it('shows nothing to a query that names no principal', async () => {
    await writeAs(alice, 'of alice')

    const { rows } = await withoutPrincipal((client) => client.query('select * from notes'))
    expect(rows).toEqual([])
  })

  // On a pooled connection a setting that is over reads as ''.
  it.each([
    ['tenant', '', 'usr_alice'],
    ['user', 'ten_a', ''],
  ])('shows nothing to an empty %s, not even rows of an empty one', async (_, ...owner) => {
    await insertAsSuperuser(...owner)

    const { rows } = await withoutPrincipal(async (client) => {
      await client.query(
        "select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)",
        owner,
      )
      return client.query('select * from notes')
    })
    expect(rows).toEqual([])
  })

  it('refuses a note without a principal, or for somebody else', async () => {
    const attempt = withoutPrincipal((client) => client.query(insert, ['ten_a', 'usr_alice']))

    await expect(attempt).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE })
    for (const foreign of [
      ['ten_b', 'usr_alice'],
      ['ten_a', 'usr_bob'],
    ]) {
      const attempt = withPrincipal(database.pool, alice, (client) => client.query(insert, foreign))
      await expect(attempt).rejects.toMatchObject({ code: INSUFFICIENT_PRIVILEGE })
    }
  })
})

const INSUFFICIENT_PRIVILEGE = '42501'
