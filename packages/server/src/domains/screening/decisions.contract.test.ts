import { expect, it } from 'vitest'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { newId } from '../../kernel/index.ts'
import { LISTED, LISTED_NAME, screeningWorlds } from './screening-world.contract.ts'

describeStore('decisions on screening hits', (open) => {
  const { parts, useTenant, register, hits, rename, decide, statusOf } = screeningWorlds(open)

  /** Somebody whom the screening suspended, and the hits of it. */
  async function held() {
    await useTenant('refuse')
    await register(LISTED_NAME)
    const { data } = await hits()
    return { userId: data[0]?.user_id ?? '', hit: data[0] }
  }
  const administer = (userId: string, verb: 'suspend' | 'resume') =>
    parts.admin.call('POST', `/api/admin/users/${userId}/${verb}`)

  it('that clear one resume whom the screening had suspended, and say why', async () => {
    const { userId, hit } = await held()

    const { result, events } = await auditedDuring(parts.world, parts.acme, () =>
      decide(hit, 'clear'),
    )

    expect(result.json()).toMatchObject({
      id: hit?.id,
      status: 'cleared',
      reason: 'compared papers',
      decided_by: parts.admin.userId,
      decided_at: parts.world.clock.now().toISOString(),
    })
    expect(await statusOf(userId)).toBe('active')
    expect(events).toMatchObject([
      { action: 'screening_hit.cleared', target_id: userId, details: { entry: 'p-1' } },
      { action: 'user.resumed', target_id: userId, details: { reason: 'screening' } },
    ])
    expect(JSON.stringify(events)).not.toContain('papers')
  })

  it('that cleared a user stay when the same name is taken again', async () => {
    await useTenant('refuse')
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await rename(ann, LISTED_NAME)
    await decide((await hits()).data[0], 'clear')
    await ann.signIn()

    await rename(ann, LISTED_NAME.toUpperCase())

    expect(await statusOf(ann.userId)).toBe('active')
    expect((await hits('?status=open')).data).toEqual([])
  })

  it('that confirm one suspend the user and end all sessions', async () => {
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await rename(ann, LISTED_NAME)

    const { result, actions } = await auditedDuring(parts.world, parts.acme, async () =>
      decide((await hits()).data[0], 'confirm'),
    )

    expect(result.json()).toMatchObject({ status: 'confirmed' })
    expect(await statusOf(ann.userId)).toBe('suspended')
    expectProblem(await ann.call('GET', '/api/auth/me'), 'invalid_token', 401)
    expect(actions).toEqual(expect.arrayContaining(['screening_hit.confirmed', 'user.suspended']))
  })

  it('that confirm one keep a user suspended whatever is cleared later', async () => {
    parts.list.use([...LISTED, { id: 'p-3', name: LISTED_NAME, aliases: [] }])
    const { userId } = await held()
    const { data } = await hits()

    await decide(data[0], 'confirm')
    await decide(data[1], 'clear')

    expect(data).toHaveLength(2)
    expect(await statusOf(userId)).toBe('suspended')
  })

  it('that clear one of two hits leave the user suspended; the last one resumes', async () => {
    parts.list.use([...LISTED, { id: 'p-3', name: LISTED_NAME, aliases: [] }])
    const { userId } = await held()
    const { data } = await hits()

    await decide(data[0], 'clear')
    const between = await statusOf(userId)
    await decide(data[1], 'clear')

    expect([between, await statusOf(userId)]).toEqual(['suspended', 'active'])
  })

  it('that clear the only hit of a user resume that one, whatever is open of others', async () => {
    await useTenant('refuse')
    for (const name of [LISTED_NAME, 'Omar Lee']) await register(name)
    const [first, second] = (await hits()).data

    await decide(first, 'clear')

    expect(await statusOf(first?.user_id ?? '')).toBe('active')
    expect(await statusOf(second?.user_id ?? '')).toBe('suspended')
  })

  it('that clear all hits of a user at once resume the user', async () => {
    const entries = Array.from({ length: 10 }, (_, i) => `p-${i}`)
    parts.list.use(entries.map((id) => ({ id, name: LISTED_NAME, aliases: [] })))
    const { userId } = await held()
    const { data } = await hits()

    await Promise.all(data.map((hit) => decide(hit, 'clear')))

    expect(data).toHaveLength(10)
    expect(await statusOf(userId)).toBe('active')
  })

  it('do not resume whom an administrator suspended too', async () => {
    const { userId, hit } = await held()
    const { actions } = await auditedDuring(parts.world, parts.acme, () =>
      administer(userId, 'suspend'),
    )

    await decide(hit, 'clear')

    expect(actions).toContain('user.suspended')
    expect(await statusOf(userId)).toBe('suspended')
    expect((await administer(userId, 'resume')).statusCode).toBe(200)
  })

  it('can not be gone around with the permission to resume users', async () => {
    const { userId, hit } = await held()

    expectProblem(await administer(userId, 'resume'), 'user_held_for_screening', 409)
    expect(await statusOf(userId)).toBe('suspended')
    await decide(hit, 'confirm')
    expect((await administer(userId, 'resume')).statusCode).toBe(200)
  })

  it('are made once, whatever races', async () => {
    const { userId, hit } = await held()

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => decide(hit, i % 2 === 0 ? 'clear' : 'confirm')),
    )

    const won = answers.filter(({ statusCode }) => statusCode === 200)
    expect(won).toHaveLength(1)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 200)) {
      expectProblem(answer, 'screening_hit_decided', 409)
    }
    const status = won[0]?.json<{ status: string }>().status
    expect(await statusOf(userId)).toBe(status === 'cleared' ? 'active' : 'suspended')
    expect((await hits()).data).toMatchObject([{ status }])
  })

  it('are not for another tenant, which sees nothing of the hit', async () => {
    const { hit, userId } = await held()
    const globex = await parts.world.tenant()
    const stranger = await parts.world.actors.signedIn({ tenant: globex, roles: ['admin'] })
    const nothing = await decide(hitOf(newId('hit')), 'clear', stranger)

    for (const verb of ['clear', 'confirm'] as const) {
      const foreign = await decide(hit, verb, stranger)
      expectProblem(foreign, 'screening_hit_not_found', 404)
    }
    const foreign = await decide(hit, 'clear', stranger)
    expect(observable(foreign)).toEqual(observable(nothing))
    expect((await hits('', stranger)).data).toEqual([])
    expect(await statusOf(userId)).toBe('suspended')
  })

  it('are not made about oneself', async () => {
    const eve = await parts.world.actors.signedIn({ tenant: parts.acme, roles: ['admin'] })
    await rename(eve, LISTED_NAME)
    const [hit] = (await hits()).data

    expectProblem(await decide(hit, 'clear', eve), 'own_account', 409)
    expect((await hits('?status=open')).data).toHaveLength(1)
  })

  it('are not made about who may do more', async () => {
    const { app, internalContext, actors } = parts.world
    await app.access.defineRole(internalContext(parts.acme), {
      name: 'screener',
      description: 'Decides.',
      permissions: ['screening.read', 'screening.write'],
    })
    const sam = await actors.signedIn({ tenant: parts.acme, roles: ['screener'] })
    const eve = await actors.signedIn({ tenant: parts.acme, roles: ['admin'] })
    const ann = await actors.signedIn({ tenant: parts.acme })
    await rename(eve, LISTED_NAME)
    await rename(ann, LISTED_NAME)
    const [ofEve, ofAnn] = (await hits('', sam)).data

    const { result, actions } = await auditedDuring(parts.world, parts.acme, () =>
      decide(ofEve, 'confirm', sam),
    )

    expectProblem(result, 'user_exceeds_own_permissions', 403)
    expect(actions).toEqual(['user.administration_refused'])
    expect((await decide(ofAnn, 'clear', sam)).statusCode).toBe(200)
  })

  it('want a reason', async () => {
    const { hit } = await held()
    for (const body of [{}, { reason: '' }, { reason: ' ' }, { reason: 'x'.repeat(1001) }]) {
      const path = `/api/admin/screening-hits/${hit?.id}/clear`
      expectProblem(await parts.admin.call('POST', path, body), 'invalid_request', 400)
    }
    expect((await hits('?status=open')).data).toHaveLength(1)
  })

  it('are listed in pages, oldest first, by status', async () => {
    for (const name of [LISTED_NAME, 'Omar Lee', LISTED_NAME]) await register(name)
    const all = (await hits()).data
    await decide(all[1], 'clear')

    const first = await hits('?limit=2')
    const second = await hits(`?limit=2&after=${first.next}`)

    expect(all.map((hit) => hit.entry_id)).toEqual(['p-1', 'p-2', 'p-1'])
    expect([...first.data, ...second.data].map((hit) => hit.id)).toEqual(all.map((h) => h.id))
    expect([first.data.length, second.next]).toEqual([2, undefined])
    expect((await hits('?status=open')).data.map((hit) => hit.id)).toEqual([all[0]?.id, all[2]?.id])
    expect((await hits('?status=cleared')).data.map((hit) => hit.id)).toEqual([all[1]?.id])
  })
})

function hitOf(id: string) {
  return { id, user_id: '', entry_id: '', status: '', reason: null, decided_by: null }
}
