import fastify from 'fastify'
import { expect, it } from 'vitest'
import {
  AppError,
  type AppErrorOptions,
  newId,
  registeredErrors,
  seconds,
} from '../../kernel/index.ts'
// Every domain declares its errors when it is loaded.
import '../../composition/routes.ts'
import { sendProblem } from './problem.ts'

async function answerOf(code: string, options: AppErrorOptions = {}, limitSays?: string) {
  const definition = registeredErrors().get(code)
  if (definition === undefined) throw new Error(`no such error: ${code}`)
  const server = fastify()
  server.get('/', (_request, reply) => {
    if (limitSays !== undefined) void reply.header('Retry-After', limitSays)
    sendProblem(reply, new AppError(code, definition, options), newId('req'))
  })
  const answer = await server.inject('/')
  await server.close()
  return answer
}

it('says with every 429 and 503 when to ask again, whoever throws it', async () => {
  const due = [...registeredErrors()].filter(([, { status }]) => status === 429 || status === 503)
  expect(due.length).toBeGreaterThan(6)
  for (const [code] of due) {
    const { headers } = await answerOf(code)

    expect([code, Number(headers['retry-after']) > 0]).toEqual([code, true])
  }
})

it('lets the one who knows say it', async () => {
  const known = await answerOf('overloaded', { retryAfter: seconds(7) })
  const limited = await answerOf('too_many_requests', {}, '9')
  const conflict = await answerOf('signing_key_too_new', { retryAfter: seconds(8) })

  expect([known, limited, conflict].map(({ headers }) => headers['retry-after'])).toEqual([
    '7',
    '9',
    '8',
  ])
})

it('says nothing of it where nothing gets better by waiting', async () => {
  expect((await answerOf('invalid_request')).headers['retry-after']).toBeUndefined()
  expect((await answerOf('internal_error')).headers['retry-after']).toBeUndefined()
})
