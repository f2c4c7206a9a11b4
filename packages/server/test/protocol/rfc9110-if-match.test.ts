import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Actor } from '../support/actors.ts'
import { readAudit } from '../support/audit-trail.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let dan: Actor

beforeAll(async () => {
  world = await openWorld()
  const tenant = await world.tenant()
  dan = await world.actors.signedIn({ tenant, roles: ['admin'] })
})
afterAll(() => world.close())

async function register() {
  const answer = await dan.call('POST', '/api/admin/clients', { profile: 'service', name: 'Job' })
  const { id } = answer.json<{ id: string }>()
  return { path: `/api/admin/clients/${id}`, tag: String(answer.headers.etag) }
}

function rename(path: string, name: string, ifMatch?: string) {
  return dan.request({
    method: 'PATCH',
    url: path,
    payload: { name },
    headers: ifMatch === undefined ? {} : { 'if-match': ifMatch },
  })
}

const nameOf = async (path: string) => (await dan.call('GET', path)).json<{ name: string }>().name

it('RFC 9110 §8.8.3: names the state of a client, another one after each change', async () => {
  const { path, tag } = await register()
  expect(tag).toMatch(/^"[^"]+"$/)
  expect((await dan.call('GET', path)).headers.etag).toBe(tag)

  const changed = await rename(path, 'Job 2')

  expect(changed.headers.etag).not.toBe(tag)
  expect((await dan.call('GET', path)).headers.etag).toBe(changed.headers.etag)
})

it('RFC 9110 §13.1.1: changes nothing that was changed since, and says so', async () => {
  const { path, tag } = await register()
  expect((await rename(path, 'of Ana', tag)).statusCode).toBe(200)

  const answer = await rename(path, 'of Ben', tag)

  expect(answer.statusCode).toBe(412)
  expect(answer.json()).toMatchObject({ code: 'precondition_failed' })
  expect(answer.headers.etag).toBeUndefined()
  expect(await nameOf(path)).toBe('of Ana')
  const changes = (await readAudit(world, dan.tenant)).filter(
    ({ action, target_id }) => action === 'client.updated' && path.endsWith(String(target_id)),
  )
  expect(changes).toHaveLength(1)
})

it.each(['*', 'no header'])('takes %s for no condition', async (header) => {
  const { path } = await register()
  await rename(path, 'of Ana')

  expect((await rename(path, 'of Ben', header === '*' ? '*' : undefined)).statusCode).toBe(200)
})

it('RFC 9110 §13.1.1: one of several tags is enough, a weak one is not', async () => {
  const { path, tag } = await register()

  expect((await rename(path, 'x', `W/${tag}`)).statusCode).toBe(412)
  expect((await rename(path, 'x', `"other", ${tag}`)).statusCode).toBe(200)
})

it('lets one of fifty through that change the same state at once', async () => {
  const { path, tag } = await register()

  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => rename(path, `name ${index}`, tag)),
  )

  const winners = answers.filter(({ statusCode }) => statusCode === 200)
  expect(winners).toHaveLength(1)
  expect(answers.filter(({ statusCode }) => statusCode === 412)).toHaveLength(49)
  expect(await nameOf(path)).toBe(winners[0]?.json<{ name: string }>().name)
})

it('an unknown client is none, whatever the tag', async () => {
  const answer = await rename('/api/admin/clients/cli_01hzzzzzzzfzzrzzzzzzzzzzzz', 'x', '"1"')

  expect(answer.statusCode).toBe(404)
})

it('lets one of fifty operators through that change the same tenant at once', async () => {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const olga = await world.actors.signedIn({ tenant: system, roles: ['operator'] })
  const url = `/api/system/tenants/${(await world.tenant()).id}`
  const tag = String((await olga.call('GET', url)).headers.etag)
  const change = (index: number) =>
    olga.request({
      method: 'PATCH',
      url,
      payload: { name: `name ${index}` },
      headers: { 'if-match': tag },
    })

  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => change(index)))

  const winners = answers.filter(({ statusCode }) => statusCode === 200)
  expect(winners).toHaveLength(1)
  expect(answers.filter(({ statusCode }) => statusCode === 412)).toHaveLength(49)
  expect((await olga.call('GET', url)).json().name).toBe(winners[0]?.json().name)
})
