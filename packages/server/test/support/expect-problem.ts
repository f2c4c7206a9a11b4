import type { Response as InjectResponse } from 'light-my-request'
import { expect } from 'vitest'
import { registeredErrors } from '../../src/kernel/index.ts'
import { ERROR_TYPE_BASE } from '../../src/platform/http/index.ts'

/** Members of a problem document that tests look at. @see RFC 9457 §3.1 */
export interface ProblemBody {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: string
  readonly instance: string
  readonly request_id: string
  readonly errors?: readonly { pointer: string; code: string; detail: string }[]
}

/** Asserts a refusal with exactly this code and status, in the shape that every refusal has. */
export function expectProblem(answer: InjectResponse, code: string, status: number): ProblemBody {
  const found = { status: answer.statusCode, code: bodyOf(answer)?.code }
  expect(found).toEqual({ status, code })
  return expectRegisteredProblem(answer)
}

/** Asserts that a refusal is well formed and of the catalogue, whichever it is. */
export function expectRegisteredProblem(answer: InjectResponse): ProblemBody {
  const problem = bodyOf(answer)
  if (problem === undefined) throw new Error(`no problem document: ${answer.body.slice(0, 200)}`)
  const registered = registeredErrors().get(problem.code)
  expect(registered, `unregistered code ${problem.code}`).toBeDefined()
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(problem).toMatchObject({
    type: `${ERROR_TYPE_BASE}${problem.code}`,
    title: registered?.title,
    status: registered?.status,
    instance: `urn:countersign:request:${String(answer.headers['x-request-id'])}`,
    request_id: answer.headers['x-request-id'],
  })
  expect(answer.statusCode).toBe(registered?.status)
  return problem
}

/**
 * What an attacker can compare: everything but the id of the request and the clock. Of the rate
 * limit the name and the quota stay; how much is left depends on how often one asked.
 */
export function observable(answer: InjectResponse): Record<string, unknown> {
  const id = String(answer.headers['x-request-id'])
  const headers = Object.fromEntries(
    Object.entries(answer.headers)
      .filter(([name]) => name !== 'date')
      .map(([name, value]) => [name, String(value).replaceAll(id, '{request}')])
      .map(([name, value]) => [name, name === 'ratelimit' ? value?.replace(/\d+/g, 'n') : value]),
  )
  return { status: answer.statusCode, headers, body: answer.body.replaceAll(id, '{request}') }
}

function bodyOf(answer: InjectResponse): ProblemBody | undefined {
  try {
    return JSON.parse(answer.body) as ProblemBody
  } catch {
    return undefined
  }
}
