import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { fastify } from 'fastify'
import { jwtVerify, SignJWT } from 'jose'
import pg from 'pg'

/**
 * What one would write by hand for the same answer: Fastify, the token verified by jose, and one
 * statement that asks PostgreSQL whether the session still lives, without tenants or roles.
 */
const ISSUER = 'https://id.example.test'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'] ?? '', max: 10 })
await pool.query(`
  CREATE TABLE users (id uuid PRIMARY KEY, email text NOT NULL, display_name text,
                      status text NOT NULL, created_at timestamptz NOT NULL);
  CREATE TABLE sessions (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users,
                         ended_at timestamptz, expires_at timestamptz NOT NULL);`)

const FIND = `
  SELECT u.id, u.email, u.display_name, u.created_at
    FROM sessions s JOIN users u ON u.id = s.user_id
   WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND u.status = 'active'`

const server = fastify()
const text = { type: 'string' }
const properties = { id: text, email: text, display_name: text, created_at: text }

server.get(
  '/me',
  { schema: { response: { 200: { type: 'object', properties } } } },
  async (request, reply) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    const { payload } = await jwtVerify(token, publicKey, { algorithms: ['ES256'], issuer: ISSUER })
    const { rows } = await pool.query({ name: 'find', text: FIND, values: [payload['sid']] })
    if (rows[0] === undefined) reply.code(401 as never)
    return rows[0]
  },
)

server.get('/token', async () => {
  const [user, session] = [randomUUID(), randomUUID()]
  await pool.query(`INSERT INTO users VALUES ($1, $2, 'Bench', 'active', now())`, [user, user])
  await pool.query(`INSERT INTO sessions VALUES ($1, $2, NULL, now() + interval '1 day')`, [
    session,
    user,
  ])
  return new SignJWT({ sid: session })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(ISSUER)
    .setSubject(user)
    .setExpirationTime('1h')
    .sign(privateKey)
})

server.get('/ready', async () => ({ ready: true }))
await server.listen({ port: Number(process.env['BENCH_PORT']), host: '127.0.0.1' })
process.on('SIGTERM', () => process.exit(0))
