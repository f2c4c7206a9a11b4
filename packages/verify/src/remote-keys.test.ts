import { describe, expect, it } from 'vitest'
import { createFetchBudget } from './fetch-budget.ts'
import type { JwksCacheOptions } from './remote-keys.ts'
import { createRemoteKeys } from './remote-keys.ts'
import { createTestIssuer } from './testing.ts'

const ISSUER = 'https://id.test/t/acme'

type Answer = () => Response | Promise<Response>

function setUp(cache: JwksCacheOptions = {}) {
  let now = Date.UTC(2030, 0, 1)
  const clock = { now: () => new Date(now) }
  const signer = createTestIssuer({ issuer: ISSUER, clock })
  const fetched: { url: string; init: RequestInit }[] = []
  const server: { answer: Answer } = { answer: () => Response.json(signer.jwks) }
  const keys = createRemoteKeys({
    clock,
    cache,
    algorithms: ['ES256'],
    uriOf: (issuer) => `${issuer}/jwks.json`,
    newcomerBudget: createFetchBudget(clock, 10, 20),
    fetch: async (url, init) => {
      fetched.push({ url, init })
      return server.answer()
    },
  })
  const kidNow = () => String(signer.jwks.keys[0]?.['kid'])
  return {
    keys,
    signer,
    server,
    fetched,
    kidNow,
    pass: (seconds: number) => {
      now += seconds * 1000
    },
    find: async (kid = kidNow(), issuer = ISSUER) => keys.findKey(issuer, kid),
  }
}

const down: Answer = () => Promise.reject(new Error('connection refused'))
const unavailable = expect.objectContaining({ code: 'keys_unavailable', status: 503 })

describe('createRemoteKeys', () => {
  it('fetches once and then answers without a promise', async () => {
    const { keys, find, fetched, kidNow } = setUp()

    await find()

    expect(keys.findKey(ISSUER, kidNow())).toMatchObject({ kid: kidNow(), alg: 'ES256' })
    expect(fetched.map(({ url }) => url)).toEqual([`${ISSUER}/jwks.json`])
  })

  it('follows no redirect and sets a time limit', async () => {
    const { find, fetched } = setUp()

    await find()

    expect(fetched[0]?.init).toMatchObject({ redirect: 'error', signal: expect.any(AbortSignal) })
  })

  it('gives up on an endpoint that does not answer', async () => {
    const { find, fetched, server } = setUp({ timeoutMilliseconds: 20 })
    server.answer = () =>
      new Promise((_, reject) => {
        fetched[0]?.init.signal?.addEventListener('abort', () => reject(new Error('aborted')))
      })

    await expect(find()).rejects.toEqual(unavailable)
  })

  it('makes one fetch for 50 parallel look-ups', async () => {
    const { find, fetched } = setUp()

    const found = await Promise.all(Array.from({ length: 50 }, () => find()))

    expect(found.every((key) => key !== undefined)).toBe(true)
    expect(fetched).toHaveLength(1)
  })

  it('looks for an unknown kid at most once per cool-down', async () => {
    const { find, fetched, pass } = setUp()
    await find()

    pass(29)
    expect(await find('unknown')).toBeUndefined()
    expect(fetched).toHaveLength(1)
    pass(2)
    expect(await find('unknown')).toBeUndefined()
    expect(await find('unknown-too')).toBeUndefined()
    expect(fetched).toHaveLength(2)
  })

  it('finds a key that was added since', async () => {
    const { find, signer, pass, kidNow } = setUp()
    await find()
    signer.rotate()
    pass(31)

    expect(await find()).toMatchObject({ kid: kidNow() })
  })

  it('refreshes in the background before the keys are old', async () => {
    const { keys, find, fetched, pass, kidNow } = setUp()
    const before = await find()
    pass(8 * 60 + 1)

    expect(keys.findKey(ISSUER, kidNow())).toBe(before)
    expect(fetched).toHaveLength(2)
    await find()
    expect(fetched).toHaveLength(2)
  })

  it('drops a withdrawn key once the keys are old', async () => {
    const { find, signer, pass, kidNow } = setUp()
    await find()
    const withdrawn = kidNow()
    signer.rotate({ withdraw: true })
    pass(10 * 60 + 1)

    expect(await find(withdrawn)).toBeUndefined()
  })

  it('keeps the object of a key that did not change', async () => {
    const { find, signer, pass, kidNow } = setUp()
    const kid = kidNow()
    const before = await find()
    signer.rotate()
    pass(10 * 60 + 1)

    expect(await find(kid)).toBe(before)
  })

  it('serves old keys while the endpoint is down, for a day and no longer', async () => {
    const { find, server, pass } = setUp()
    await find()
    server.answer = down

    pass(23 * 3600)
    expect(await find()).toBeDefined()
    pass(3601)
    await expect(find()).rejects.toEqual(unavailable)
  })

  it('says unavailable, not unknown, for a new kid while the endpoint is down', async () => {
    const { find, server, pass, fetched } = setUp()
    await find()
    server.answer = down
    pass(31)

    await expect(find('new')).rejects.toEqual(unavailable)
    await expect(find('new')).rejects.toEqual(unavailable)
    expect(fetched).toHaveLength(2)
  })

  it('recovers when the endpoint does', async () => {
    const { find, server, pass, signer } = setUp()
    server.answer = down
    await expect(find()).rejects.toEqual(unavailable)
    server.answer = () => Response.json(signer.jwks)
    pass(31)

    expect(await find()).toBeDefined()
  })

  it.each<[string, Answer]>([
    ['status 500', () => new Response('{"keys":[]}', { status: 500 })],
    ['status 204', () => new Response(null, { status: 204 })],
    ['no JSON', () => new Response('<html>')],
    ['no key set', () => Response.json({ key: [] })],
    ['duplicate members', () => new Response('{"keys":[],"keys":[]}')],
    ['a body that is too large', () => Response.json({ keys: [], x: 'x'.repeat(257 * 1024) })],
  ])('takes %s for a failure', async (_, answer) => {
    const { find, server } = setUp()
    server.answer = answer

    await expect(find()).rejects.toEqual(unavailable)
  })

  it('takes 404 for an issuer without keys, and remembers it', async () => {
    const { find, server, fetched } = setUp()
    server.answer = () => new Response('', { status: 404 })

    expect(await find()).toBeUndefined()
    expect(await find()).toBeUndefined()
    expect(fetched).toHaveLength(1)
  })

  it('keeps known keys through a 404', async () => {
    const { find, server, pass } = setUp()
    await find()
    server.answer = () => new Response('', { status: 404 })
    pass(601)

    expect(await find()).toBeDefined()
  })

  it('limits the fetches invented issuers can cause, and still serves known ones', async () => {
    const { find, server, fetched, pass, kidNow, signer } = setUp()
    await find()
    server.answer = () => new Response('', { status: 404 })

    const attempts = Array.from({ length: 500 }, (_, at) => find('x', `https://id.test/t/n${at}`))
    const outcomes = await Promise.allSettled(attempts)

    expect(fetched).toHaveLength(1 + 19)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(481)
    server.answer = () => Response.json(signer.jwks)
    expect(await find(kidNow())).toBeDefined()
    pass(1)
    await Promise.allSettled(attempts.map((_, at) => find('x', `https://id.test/t/m${at}`)))
    expect(fetched).toHaveLength(20 + 10)
  })

  it('spends nothing of that limit on an issuer it knows', async () => {
    const { find, server, fetched } = setUp({ cooldownSeconds: 0 })
    await find()
    for (let at = 0; at < 25; at++) expect(await find('unknown')).toBeUndefined()
    server.answer = () => new Response('', { status: 404 })

    expect(fetched).toHaveLength(26)
    expect(await find('x', 'https://id.test/t/new')).toBeUndefined()
  })

  it('does not let invented issuers push out a known one', async () => {
    const { find, keys, server, fetched, kidNow, pass } = setUp()
    await find()
    server.answer = () => new Response('', { status: 404 })
    for (let at = 0; at < 1_100; at++) {
      await find('x', `https://id.test/t/n${at}`).catch(() => undefined)
      if (at % 100 === 0) pass(1)
    }
    const before = fetched.length

    expect(keys.findKey(ISSUER, kidNow())).toBeDefined()
    expect(fetched).toHaveLength(before)
  })

  it('fetches again after the clock stepped back', async () => {
    const { find, fetched, pass } = setUp()
    await find()
    pass(-3600)

    expect(await find()).toBeDefined()
    expect(fetched).toHaveLength(2)
  })

  it('ignores keys of other algorithms', async () => {
    const { find, server } = setUp()
    const other = createTestIssuer({ alg: 'EdDSA' })
    server.answer = () => Response.json(other.jwks)

    expect(await find(String(other.jwks.keys[0]?.['kid']))).toBeUndefined()
  })

  it('refuses limits that are no times', () => {
    expect(() => setUp({ maxAgeSeconds: Number.NaN })).toThrow(TypeError)
    expect(() => setUp({ cooldownSeconds: -1 })).toThrow(TypeError)
  })

  it('forgets everything when closed', async () => {
    const { find, keys, fetched } = setUp()
    await find()
    keys.close?.()
    await find()

    expect(fetched).toHaveLength(2)
  })
})
