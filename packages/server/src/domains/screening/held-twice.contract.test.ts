import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { LISTED_NAME, screeningWorlds } from './screening-world.contract.ts'

describeStore('a user whom the screening and an administrator suspended', (open) => {
  const { parts, useTenant, setMode, register, rename, hits, decide, statusOf } =
    screeningWorlds(open)

  /** Somebody who may suspend and resume users, and may not decide about hits. */
  async function clerk() {
    await parts.world.app.access.defineRole(parts.world.internalContext(parts.acme), {
      name: 'clerk',
      description: 'Suspends and resumes.',
      permissions: ['users.read', 'users.write'],
    })
    return parts.world.actors.signedIn({ tenant: parts.acme, roles: ['clerk'] })
  }

  async function held() {
    await useTenant('refuse')
    await register(LISTED_NAME)
    const { data } = await hits()
    const by = await clerk()
    const userId = data[0]?.user_id ?? ''
    const administer = (verb: 'suspend' | 'resume') =>
      by.call('POST', `/api/admin/users/${userId}/${verb}`)
    return { userId, hit: data[0], administer }
  }

  it('is not resumed while the hit is open, by who suspends first', async () => {
    const { userId, administer } = await held()
    expect((await administer('suspend')).statusCode).toBe(200)

    const answer = await administer('resume')

    expectProblem(answer, 'user_held_for_screening', 409)
    expect(await statusOf(userId)).toBe('suspended')
  })

  it.each(['clear', 'confirm'] as const)('is resumed after it was decided: %s', async (verb) => {
    const { userId, hit, administer } = await held()
    await administer('suspend')
    await decide(hit, verb)

    expect([await statusOf(userId), (await administer('resume')).statusCode]).toEqual([
      'suspended',
      200,
    ])
  })

  it('is resumed where open hits hold nobody', async () => {
    await useTenant('review')
    const ann = await parts.world.actors.signedIn({ tenant: parts.acme })
    await rename(ann, LISTED_NAME)
    const path = `/api/admin/users/${ann.userId}`
    await parts.admin.call('POST', `${path}/suspend`)

    expect((await parts.admin.call('POST', `${path}/resume`)).statusCode).toBe(200)
    await parts.admin.call('POST', `${path}/suspend`)
    await setMode('refuse')
    expectProblem(await parts.admin.call('POST', `${path}/resume`), 'user_held_for_screening', 409)
  })
})
