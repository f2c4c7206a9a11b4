import { z } from 'zod'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Route } from '../../src/platform/http/index.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** Lists that fit one page, each with what bounds it. This list may only shrink. */
const ON_ONE_PAGE: Readonly<Record<string, string>> = {
  listAuthenticationRequests: 'the newest twenty',
  listPermissions: 'a catalogue of this server',
}

it('every list is pages of `data` with `next`, and takes `limit` and a cursor, never an offset', () => {
  const lists = world.app.routes.filter((route) => 'data' in membersOf(route.responses[200]?.schema))
  const unpaged = lists.filter(({ query }) => query === undefined).map(({ id }) => id)
  expect(lists.length).toBeGreaterThan(12)
  expect(unpaged.sort()).toEqual([...Object.keys(ON_ONE_PAGE), 'rotateSigningKeys'].sort())
  for (const route of lists.filter(({ method }) => method === 'GET')) {
    const shown = Object.keys(membersOf(route.responses[200]?.schema)).sort()
    const asked = Object.keys(membersOf(route.query))

    expect([route.id, shown]).toEqual([route.id, ['data', 'next']])
    if (route.id in ON_ONE_PAGE) continue
    expect([route.id, asked]).toEqual([route.id, expect.arrayContaining(['limit', 'after'])])
    for (const name of ['offset', 'page', 'skip']) expect(asked).not.toContain(name)
  }
})

it('every limit of a page is bounded', () => {
  for (const { id, query } of world.app.routes) {
    if (!('limit' in membersOf(query))) continue

    expect([id, query?.safeParse({ limit: 101 }).success]).toEqual([id, false])
    expect([id, query?.safeParse({ limit: 0 }).success]).toEqual([id, false])
    expect([id, query?.safeParse({}).data]).toEqual([id, expect.objectContaining({ limit: 50 })])
  }
})

function membersOf(schema: Route['query']): Readonly<Record<string, unknown>> {
  return schema instanceof z.ZodObject ? schema.shape : {}
}
