import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from '../support/actors.ts'
import { readAudit } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { fakePlaces } from '../support/fake-places.ts'
import { openWorld, type World } from '../support/open-world.ts'

/** An operator restricts a tenant by network and country, and does not lock anybody out by a slip. */
let world: World
let system: Tenant
let operator: Actor
let acme: Tenant

const OFFICE = '192.0.2.10'

beforeAll(async () => {
  world = await openWorld({ places: fakePlaces({ [OFFICE]: { country: 'CH' } }) })
  const found = await world.app.tenants.findBySlug('system')
  if (found === undefined) throw new Error('the system tenant is missing')
  system = found
  operator = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
})
beforeEach(async () => {
  acme = await world.tenant()
})
afterAll(() => world.close())

const change = (body: object, { tenant = acme, ip = OFFICE } = {}) =>
  operator.request({
    method: 'PATCH',
    url: `/api/system/tenants/${tenant.id}`,
    payload: body,
    remoteAddress: ip,
  })
const settingsOf = async (tenant: Tenant) =>
  (await world.app.tenants.findBySlug(tenant.slug))?.settings

it.each([
  ['denies it', { ip_deny_list: ['192.0.2.0/24'] }],
  ['allows others only', { ip_allow_list: ['198.51.100.0/24'] }],
  ['denies its country', { country_deny_list: ['CH'] }],
  ['allows other countries only', { country_allow_list: ['FR'] }],
])('a change that excludes where it comes from is refused: %s', async (_, settings) => {
  for (const tenant of [acme, system]) {
    expectProblem(await change({ settings }, { tenant }), 'own_source_excluded', 409)
    expect(await settingsOf(tenant)).toEqual(tenant.settings)
  }
  const changes = (await readAudit(world, system)).filter(
    ({ action }) => action === 'tenant.updated',
  )
  expect(changes.filter(({ target_id: id }) => id === acme.id)).toEqual([])
})

it('is made all the same by an operator who insists, and recorded', async () => {
  const settings = { ip_allow_list: ['198.51.100.0/24'] }

  const answer = await change({ settings, exclude_own_source: true })

  expect(answer.statusCode).toBe(200)
  expect(answer.json<{ settings: object }>().settings).toMatchObject(settings)
  expect(answer.json()).not.toHaveProperty('exclude_own_source')
  expect((await readAudit(world, system)).at(-1)).toMatchObject({
    action: 'tenant.updated',
    details: { changed: ['ip_allow_list'], excludes_own_source: true },
  })
})

it('is made where it excludes others only, and by who has no address', async () => {
  const others = { ip_deny_list: ['198.51.100.0/24'], country_allow_list: ['CH', 'FR'] }
  const home = { ip_allow_list: [OFFICE] }

  expect((await change({ settings: others })).statusCode).toBe(200)
  expect((await change({ settings: home })).statusCode).toBe(200)
  const own = world.internalContext(system)
  const update = { settings: { ip_allow_list: ['198.51.100.7'] } }
  expect((await world.app.tenants.update(own, acme.id, update)).settings).toMatchObject(
    update.settings,
  )
})

it('that locked everybody out is taken back in the database, as the how-to says', async () => {
  const settings = { ip_allow_list: ['198.51.100.7'], country_deny_list: ['FR'] }
  await change({ settings, exclude_own_source: true }, { tenant: system })
  world.app.directory.forget('system')
  expectProblem(await change({ name: 'Acme' }), 'risk_refused', 403)

  const howTo = await readFile(
    new URL('../../../../docs/how-to/restrict-by-network-and-country.md', import.meta.url),
    'utf8',
  )
  const text = /UPDATE tenants[^;]*/.exec(howTo)?.[0] ?? ''
  await world.database.withOperator(system.id, (tx) =>
    tx.later({ text, name: 'set_lists_back', values: [] }),
  )
  world.app.directory.forget('system')

  expect((await change({ name: 'Acme' })).statusCode).toBe(200)
})

it('of something else is made from wherever the operator is', async () => {
  await change({ settings: { ip_allow_list: ['198.51.100.7'] }, exclude_own_source: true })

  expect((await change({ settings: { risk_failure: 'allow' } })).statusCode).toBe(200)
})

it.each([
  ['ip_deny_list', '192.0.2.1/24', '/settings/ip_deny_list/0'],
  ['ip_allow_list', 'office.example', '/settings/ip_allow_list/0'],
  ['country_deny_list', 'UK', '/settings/country_deny_list/0'],
  ['country_allow_list', 'ch', '/settings/country_allow_list/0'],
])('is refused with a member of %s that is none: %s', async (list, member, pointer) => {
  const problem = expectProblem(
    await change({ settings: { [list]: [member] } }),
    'invalid_request',
    400,
  )

  expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer])
})

it('is refused with more than 200 networks', async () => {
  const networks = Array.from({ length: 201 }, (_, i) => `198.51.100.${i % 256}`)

  expectProblem(await change({ settings: { ip_deny_list: networks } }), 'invalid_request', 400)
})

it('by country is refused where the server knows no countries', async () => {
  const blind = await openWorld()
  const found = await blind.app.tenants.findBySlug('system')
  if (found === undefined) throw new Error('the system tenant is missing')
  const context = blind.internalContext(found)
  const tenant = await blind.tenant()
  const { tenants } = blind.app
  const refused = { code: 'country_rules_unavailable' }

  for (const settings of [{ country_deny_list: ['CH'] }, { country_allow_list: ['CH'] }]) {
    const update = tenants.update(context, tenant.id, { settings })
    const create = tenants.create(context, { slug: 'globex', name: 'Globex', settings })
    await expect(update).rejects.toMatchObject(refused)
    await expect(create).rejects.toMatchObject(refused)
  }
  const none = { settings: { country_deny_list: [] } }
  expect((await tenants.update(context, tenant.id, none)).settings).toMatchObject(none.settings)
  await blind.close()
})
