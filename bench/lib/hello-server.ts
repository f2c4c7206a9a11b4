import { fastify } from 'fastify'
import { z } from 'zod'

/** The reference for HTTP: Fastify, a body validated by zod, an answer through its serialiser. */
const body = z.strictObject({ name: z.string().min(1).max(100), count: z.int() })
const server = fastify()
server.setValidatorCompiler(() => (data) => {
  const parsed = body.safeParse(data)
  return parsed.success ? { value: parsed.data } : { error: parsed.error }
})
server.post(
  '/hello',
  {
    schema: {
      body: {},
      response: {
        200: {
          type: 'object',
          properties: { hello: { type: 'string' }, count: { type: 'integer' } },
        },
      },
    },
  },
  async (request) => {
    const { name, count } = request.body as z.output<typeof body>
    return { hello: name, count }
  },
)
server.get('/ready', async () => ({ ready: true }))
await server.listen({ port: Number(process.env['BENCH_PORT']), host: '127.0.0.1' })
process.on('SIGTERM', () => void server.close())
