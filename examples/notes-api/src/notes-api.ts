import type { Verifier } from '@countersign/verify'
import { countersignAuth } from '@countersign/verify/fastify'
import { withPrincipal } from '@countersign/verify/postgres'
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import type { Pool } from 'pg'

/** No statement below says whose notes: the token decides, and the database enforces it. */
export async function createNotesApi(pool: Pool, verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify({
    logger: { level: 'warn' },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  await app.register(countersignAuth, { verifier })
  // One hook for every route, so that none can be forgotten; it runs before the body is read.
  app.addHook('onRequest', app.requireAuth())
  hideInternals(app)

  app.get('/notes', async (request) =>
    withPrincipal(pool, request.auth, async (client) => {
      const { rows } = await client.query(
        'select id, text, created_at from notes order by created_at desc, id limit 100',
      )
      return { data: rows }
    }),
  )

  app.post<{ Body: { text: string } }>(
    '/notes',
    { schema: { body: noteSchema } },
    (request, reply) =>
      withPrincipal(pool, request.auth, async (client) => {
        const { rows } = await client.query(
          'insert into notes (text) values ($1) returning id, text, created_at',
          [request.body.text],
        )
        reply.code(201)
        return rows[0]
      }),
  )

  app.delete<{ Params: { id: string } }>(
    '/notes/:id',
    { schema: { params: idSchema } },
    async (request, reply) => {
      const deleted = await withPrincipal(pool, request.auth, async (client) => {
        const { rowCount } = await client.query('delete from notes where id = $1', [
          request.params.id,
        ])
        return rowCount === 1
      })
      // A note of someone else is no different from one that does not exist.
      return deleted ? reply.code(204).send() : reply.callNotFound()
    },
  )

  return app
}

/** The text of an unexpected error names tables and constraints: it is for the log only. */
function hideInternals(app: FastifyInstance): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const isRefusal = error.statusCode !== undefined && error.statusCode < 500
    if (isRefusal) return reply.send(error)
    request.log.error(error)
    return reply.code(500).send({ statusCode: 500, error: 'Internal Server Error' })
  })
}

const noteSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  // PostgreSQL keeps no NUL character in a text.
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 10_000, pattern: '^[^\\u0000]*$' },
  },
}

const idSchema = {
  type: 'object',
  properties: { id: { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' } },
}
