import type { InjectOptions } from 'light-my-request'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Route } from '../../src/platform/http/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectRegisteredProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient } from '../support/signal-client.ts'
import { bodyFor, parametersOf, pathOf } from './route-requests.ts'
import { tenantState } from './tenant-state.ts'

/**
 * Threat: input that two readers understand differently, or that breaks what reads it. An operator
 * of the `system` tenant sends it, so that no permission stands in front of the validation.
 */
let world: World
let system: Tenant
let operator: Actor
let receiver: SignalClient

beforeAll(async () => {
  world = await openWorld({
    clock: new RunningClock(),
    env: { COUNTERSIGN_RATE_LIMIT_SCALE: '100000' },
  })
  const found = await world.app.tenants.findBySlug('system')
  if (found === undefined) throw new Error('the system tenant is missing')
  system = found
  operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
  receiver = await SignalClient.register(world, system)
})
afterAll(() => world.close())

/** The routes of clients take a client's token, and no user's. */
function ask(route: Route, { headers, ...options }: InjectOptions) {
  const own = route.auth.kind === 'client' ? { authorization: `Bearer ${receiver.token}` } : {}
  return operator.request({ ...options, headers: { ...own, ...headers } })
}

const routesWithBody = () => world.app.routes.filter((route) => route.body !== undefined)

interface Wrong {
  readonly name: string
  /** From a good body, as text. */
  readonly spoil: (good: string) => string | Buffer
  readonly type?: string
  readonly code: keyof typeof STATUS_OF
}

const STATUS_OF = {
  malformed_body: 400,
  invalid_request: 400,
  payload_too_large: 413,
  unsupported_media_type: 415,
} as const

const withMember = (member: string) => (good: string) =>
  `${good.slice(0, -1)}${good === '{}' ? '' : ','}${member}}`

const WRONG: readonly Wrong[] = [
  { name: 'an unknown member', spoil: withMember('"unknown_member":1'), code: 'invalid_request' },
  {
    name: '__proto__',
    spoil: withMember('"__proto__":{"roles":["admin"]}'),
    code: 'malformed_body',
  },
  {
    name: 'an escaped __proto__',
    spoil: withMember('"\\u005f_proto__":{}'),
    code: 'malformed_body',
  },
  {
    name: 'constructor',
    spoil: withMember('"constructor":{"prototype":{}}'),
    code: 'invalid_request',
  },
  {
    name: 'a member twice',
    spoil: (good) => withMember(good.slice(1, -1))(good),
    code: 'malformed_body',
  },
  {
    name: 'a member twice, once escaped',
    spoil: (good) =>
      withMember(
        good
          .slice(1, -1)
          .replace('"', '"\\u00')
          .replace(/\\u00(.)/, hex),
      )(good),
    code: 'malformed_body',
  },
  { name: 'a raw NUL', spoil: withMember('"a":"\0"'), code: 'malformed_body' },
  { name: 'an escaped NUL', spoil: withMember('"a":"\\u0000"'), code: 'malformed_body' },
  { name: 'a lone high surrogate', spoil: withMember('"a":"\\ud800"'), code: 'malformed_body' },
  { name: 'a lone low surrogate', spoil: withMember('"a":"\\udc00"'), code: 'malformed_body' },
  { name: 'broken UTF-8', spoil: (good) => bytes(good, 0xc3, 0x28), code: 'malformed_body' },
  { name: 'overlong UTF-8', spoil: (good) => bytes(good, 0xc0, 0xaf), code: 'malformed_body' },
  {
    name: 'a surrogate in UTF-8',
    spoil: (good) => bytes(good, 0xed, 0xa0, 0x80),
    code: 'malformed_body',
  },
  { name: 'a byte order mark', spoil: (good) => `\ufeff${good}`, code: 'malformed_body' },
  {
    name: 'UTF-16',
    spoil: (good) => Buffer.from(`\ufeff${good}`, 'utf16le'),
    code: 'malformed_body',
  },
  { name: 'deep nesting', spoil: withMember(`"a":${nested(40)}`), code: 'malformed_body' },
  { name: 'nesting that fills the body', spoil: () => nested(30_000), code: 'malformed_body' },
  { name: 'half a document', spoil: (good) => good.slice(0, -1), code: 'malformed_body' },
  { name: 'two documents', spoil: (good) => `${good}${good}`, code: 'malformed_body' },
  { name: 'a trailing comma', spoil: withMember(''), code: 'malformed_body' },
  { name: 'a comment', spoil: (good) => `/**/${good}`, code: 'malformed_body' },
  { name: 'NaN', spoil: withMember('"a":NaN'), code: 'malformed_body' },
  { name: 'an array', spoil: (good) => `[${good}]`, code: 'invalid_request' },
  { name: 'a text', spoil: () => '"text"', code: 'invalid_request' },
  { name: 'a number', spoil: () => '1e999', code: 'invalid_request' },
  {
    name: 'a form',
    spoil: () => 'a=1',
    type: 'application/x-www-form-urlencoded',
    code: 'unsupported_media_type',
  },
  { name: 'plain text', spoil: (good) => good, type: 'text/plain', code: 'unsupported_media_type' },
  { name: 'XML', spoil: () => '<a/>', type: 'application/xml', code: 'unsupported_media_type' },
  {
    name: 'a type that is none',
    spoil: (good) => good,
    type: 'json;;',
    code: 'unsupported_media_type',
  },
  {
    name: 'more than 64 KiB',
    spoil: withMember(`"a":"${'x'.repeat(65_536)}"`),
    code: 'payload_too_large',
  },
  {
    name: 'a megabyte',
    spoil: withMember(`"password":"${'x'.repeat(1_048_576)}"`),
    code: 'payload_too_large',
  },
]

describe.each(WRONG)('a body with $name', ({ spoil, type = 'application/json', code }) => {
  it(`is refused with ${code} by every route that reads one, and changes nothing`, async () => {
    const before = await tenantState(world, system)

    const { events } = await auditedDuring(world, system, async () => {
      for (const route of routesWithBody()) {
        const answer = await ask(route, {
          method: route.method,
          url: pathOf(route),
          headers: { 'content-type': type },
          payload: spoil(JSON.stringify(bodyFor(route))),
        })
        const found = [route.id, answer.statusCode, answer.json().code]
        expect(found).toEqual([route.id, STATUS_OF[code], code])
        expectRegisteredProblem(answer)
      }
    })

    expect(events).toEqual([])
    expect(await tenantState(world, system)).toEqual(before)
  })
})

const WRONG_VALUES: readonly (readonly [name: string, value: unknown])[] = [
  ['a number', 7],
  ['a huge number', 1e308],
  ['a fraction', 0.5],
  ['true', true],
  ['an object', { $ne: null }],
  ['a list of lists', [[['x']]]],
  ['an empty text', ''],
  ['spaces', '   '],
  ['a text of 20 000 characters', 'x'.repeat(20_000)],
  ['20 000 astral characters', '🦀'.repeat(5_000)],
  ['Arabic digits', '١٢٣'],
  ['SQL', "' OR 1=1; DROP TABLE users; --"],
  ['line breaks', 'a\r\nBcc: evil@evil.test'],
  ['a bidirectional override', 'a\u202eb'],
  ['a noncharacter', 'a\uffff'],
  ['a prototype name', 'constructor'],
  ['a path', '../../etc/passwd'],
]

describe.each(WRONG_VALUES)('%s in the place of any member', (_, value) => {
  it('never ends as a failure of the server', async () => {
    for (const route of routesWithBody()) {
      for (const member of Object.keys(bodyFor(route))) {
        const payload = { ...bodyFor(route), [member]: value }
        const answer = await ask(route, {
          method: route.method,
          url: pathOf(route),
          payload,
        })
        expect([route.id, member, answer.statusCode < 500]).toEqual([route.id, member, true])
        if (answer.statusCode < 400) continue
        expectRegisteredProblem(answer)
        // What was sent is not repeated: a refusal must not carry somebody's script or secret.
        expect(answer.body).not.toContain('DROP TABLE')
        expect(answer.body).not.toContain('x'.repeat(400))
      }
    }
  })
})

describe('a body that is missing', () => {
  it('is refused by every route that needs one', async () => {
    const optional = new Set([
      'refreshSession',
      'updateMe',
      'rotateSigningKeys',
      'updateTenant',
      'startStepUp',
      'createSignalStream',
      'pollSignalStream',
    ])
    for (const route of routesWithBody().filter((route) => !optional.has(route.id))) {
      for (const headers of [{}, { 'content-type': 'application/json' }]) {
        const answer = await ask(route, { method: route.method, url: pathOf(route), headers })
        expect([route.id, answer.statusCode]).toEqual([route.id, 400])
        expectRegisteredProblem(answer)
      }
    }
  })
})

const WRONG_IDS = [
  'x',
  '0',
  '٣',
  '%00',
  '%0d%0aSet-Cookie:a=b',
  "'%20OR%201=1--",
  'usr_00000000000000000000000000',
  'usr_7zzzzzzzzzzzzzzzzzzzzzzzzz',
  'usr_8zzzzzzzzzzzzzzzzzzzzzzzzz',
  '01890a5d-ac96-774b-bcce-b302099a8057',
  'x'.repeat(199),
]

describe.each(WRONG_IDS)('the id "%s"', (id) => {
  it('is refused by every route with an id in its path', async () => {
    const withId = (route: Route) => parametersOf(route).filter((name) => name !== 'role')
    for (const route of world.app.routes.filter((route) => withId(route).length > 0)) {
      const ids = Object.fromEntries(withId(route).map((name) => [name, id]))
      const answer = await ask(route, {
        method: route.method,
        url: pathOf(route, ids),
        ...(route.body === undefined ? {} : { payload: bodyFor(route) }),
      })
      expect([route.id, answer.statusCode]).toEqual([route.id, 400])
      expectRegisteredProblem(answer)
    }
  })
})

const WRONG_QUERIES = [
  'limit=0',
  'limit=101',
  'limit=-1',
  'limit=1.5',
  'limit=%D9%A3',
  'limit=1&limit=2',
  'limit[]=1',
  'after=X',
  'after=%00',
  'after=1&after=2',
  'unknown=1',
  '__proto__=1',
]

describe.each(WRONG_QUERIES)('the query "%s"', (query) => {
  it('is refused by every route that pages', async () => {
    const pagers = world.app.routes.filter(
      (route) => route.query !== undefined && route.method === 'GET',
    )
    expect(pagers.length).toBeGreaterThan(4)
    for (const route of pagers) {
      const path = pathOf(route, { user_id: operator.userId })
      const answer = await ask(route, { method: 'GET', url: `${path}?${query}` })
      expect([route.id, answer.statusCode]).toEqual([route.id, 400])
      expectRegisteredProblem(answer)
    }
  })
})

describe('headers', () => {
  it.each([
    ['authorization', 'Bearer'],
    ['authorization', 'Bearer a b'],
    ['authorization', 'Basic YTpi'],
    ['authorization', `Bearer ${'x'.repeat(12_000)}`],
    ['authorization', 'Bearer ....'],
    ['cookie', `__Host-cs_system_session=${'x'.repeat(9_000)}`],
    ['cookie', '__Host-cs_system_session=%00%ff; ='],
  ])('%s: %s is answered with 401', async (name, value) => {
    const answer = await world.actors
      .nobody(system)
      .request({ url: '/api/auth/me', headers: { [name]: value } })

    expect(answer.statusCode).toBe(401)
    expectRegisteredProblem(answer)
  })
})

function hex(_: string, character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`
}

function bytes(good: string, ...wrong: readonly number[]): Buffer {
  const text = Buffer.from(withMember('"a":"?"')(good))
  const at = text.lastIndexOf('?')
  return Buffer.concat([text.subarray(0, at), Buffer.from(wrong), text.subarray(at + 1)])
}

function nested(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`
}
