import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes, newId } from '../../src/kernel/index.ts'
import { tenantState } from '../attacks/tenant-state.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { Browser } from '../support/browser.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'

const SESSIONS = '/api/auth/sessions'

interface Listed {
  readonly id: string
  readonly current: boolean
  readonly name?: string
}

let world: World
let acme: Tenant

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
})

afterAll(() => world.close())

type Caller = Pick<Actor, 'call'> | Pick<Browser, 'call'>

async function listOf(caller: Caller): Promise<readonly Listed[]> {
  return (await caller.call('GET', SESSIONS)).json<{ data: Listed[] }>().data
}

async function ownId(caller: Caller): Promise<string> {
  return (await listOf(caller)).find(({ current }) => current)?.id ?? ''
}

it('lets a user name a session, and see and take away the name', async () => {
  const ana = await world.actors.user({ tenant: acme })
  const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  const laptop = new Browser(world, acme)
  await laptop.login(ana)
  await ana.signIn()
  const id = await ownId(laptop)
  // A name is harmless: no recent authentication is asked for.
  world.clock.advance(minutes(6))

  const { result, events } = await auditedDuring(world, acme, () =>
    ana.call('PATCH', `${SESSIONS}/${id}`, { name: '  Work laptop ' }),
  )

  expect(result.statusCode).toBe(200)
  const [named] = (await listOf(ana)).filter((one) => one.id === id)
  expect(result.json()).toEqual(named)
  expect(named).toMatchObject({ name: 'Work laptop', device_label: 'Firefox on Linux' })
  expect(named).toMatchObject({ current: false, device_id: expect.stringMatching(/^dev_/) })
  expect(events).toMatchObject([{ action: 'session.renamed', outcome: 'success', details: {} }])
  const seen = await admin.call('GET', `/api/admin/users/${ana.userId}/sessions`)
  expect(seen.body).toContain('"name":"Work laptop"')

  const bare = await laptop.call('PATCH', `${SESSIONS}/${id}`, { name: null })
  expect(bare.json()).toMatchObject({ id, current: true })
  expect(bare.json()).not.toHaveProperty('name')
  expect((await ana.call('GET', SESSIONS)).body).not.toContain('Work laptop')
})

describe('a name of a session is refused', () => {
  it.each([
    ['that is missing', {}, '/name'],
    ['that is empty', { name: '' }, '/name'],
    ['of spaces', { name: '   ' }, '/name'],
    ['that shows nothing', { name: '\u200b' }, '/name'],
    ['of 65 characters', { name: 'x'.repeat(65) }, '/name'],
    ['with a line break', { name: 'a\nb' }, '/name'],
    ['with an override of the direction', { name: 'a\u202eb' }, '/name'],
    ['that is no text', { name: 7 }, '/name'],
    ['with another label of the device', { name: 'X', device_label: 'X' }, '/device_label'],
    ['for another user', { name: 'X', user_id: newId('usr') }, '/user_id'],
  ])('%s', async (_, body, pointer) => {
    const ana = await world.actors.signedIn({ tenant: acme })
    const path = `${SESSIONS}/${await ownId(ana)}`
    const before = await tenantState(world, acme)

    const { result, events } = await auditedDuring(world, acme, () => ana.call('PATCH', path, body))

    expect(expectProblem(result, 'invalid_request', 400).errors).toMatchObject([{ pointer }])
    expect(events).toEqual([])
    expect(await tenantState(world, acme)).toEqual(before)
  })

  it('without the token against forged requests', async () => {
    const laptop = new Browser(world, acme)
    await laptop.login(await world.actors.user({ tenant: acme }))
    const path = `${SESSIONS}/${await ownId(laptop)}`

    const forged = await laptop.call('PATCH', path, { name: 'X' }, { 'x-csrf-token': '' })

    expectProblem(forged, 'csrf_token_invalid', 403)
    expect((await listOf(laptop))[0]).not.toHaveProperty('name')
  })
})

it('answers byte for byte the same for a session of others, one that ended, and none', async () => {
  const ana = await world.actors.signedIn({ tenant: acme })
  const ben = await world.actors.signedIn({ tenant: acme })
  const gus = await world.actors.signedIn({ tenant: await world.tenant() })
  const ended = await ownId(ana)
  await ana.call('POST', '/api/auth/logout')
  await ana.signIn()
  const body = { name: 'Mine' }
  const before = await tenantState(world, acme)

  const { result: answers, events } = await auditedDuring(world, acme, async () => {
    const ids = [newId('ses'), await ownId(ben), await ownId(gus), ended]
    const all = []
    for (const id of ids) all.push(await ana.call('PATCH', `${SESSIONS}/${id}`, body))
    return all
  })

  for (const answer of answers) {
    expectProblem(answer, 'session_not_found', 404)
    const [missing] = answers
    expect(observable(answer)).toEqual(missing === undefined ? '' : observable(missing))
  }
  expect(events.map(({ action, outcome }) => [action, outcome])).toEqual(
    answers.map(() => ['session.rename_refused', 'refused']),
  )
  expect(await tenantState(world, acme)).toEqual(before)
})
