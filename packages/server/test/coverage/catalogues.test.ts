import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import tiers from '../../../../scripts/domain-tiers.json' with { type: 'json' }
import { accessErrors } from '../../src/domains/access/index.ts'
import { registeredErrors } from '../../src/kernel/index.ts'
import { errorsOf } from '../../src/platform/http/index.ts'
import { auditCatalogues } from '../support/audit-catalogues.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

const domains = readdirSync(fileURLToPath(new URL('../../src/domains', import.meta.url)))

it('lists every domain in the table of who may use whom', () => {
  expect(Object.keys(tiers.mayUse).sort()).toEqual(domains.sort())
  expect(Object.keys(tiers.tiers).sort()).toEqual(domains.sort())
})

it('lets a domain use lower tiers only', () => {
  const tierOf = tiers.tiers as Record<string, number>
  for (const [domain, used] of Object.entries(tiers.mayUse)) {
    for (const other of used) expect(tierOf[other]).toBeLessThan(tierOf[domain] ?? 0)
  }
})

it('registers every audit event that a route says it writes', async () => {
  const registered = new Set(Object.keys(await auditCatalogues()))
  for (const route of world.app.routes) {
    const events = 'events' in route.audit ? route.audit.events : []
    const unknown = events.filter((event) => !registered.has(event))

    expect([route.id, unknown]).toEqual([route.id, []])
  }
})

it('explains every audit event and every error', async () => {
  for (const text of Object.values(await auditCatalogues())) expect(text.length).toBeGreaterThan(10)
  for (const [code, { title, help }] of registeredErrors()) {
    expect(code).toMatch(/^[a-z][a-z0-9_]+$/)
    expect(title).toMatch(/[^.]$/)
    expect(help.length).toBeGreaterThan(20)
  }
})

it('declares a refusal on a route under one status per code', () => {
  for (const route of world.app.routes) {
    const codes = errorsOf(route, accessErrors.permission_denied).map((factory) => factory.code)

    expect([route.id, new Set(codes).size]).toEqual([route.id, codes.length])
  }
})
