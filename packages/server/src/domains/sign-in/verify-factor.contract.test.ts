import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'

describeStore('the proof of a second factor', (open) => {
  let world: World
  let acme: Tenant

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  beforeEach(async () => {
    acme = await world.tenant()
  })
  afterAll(() => world.close())

  const withApp = async () =>
    MfaActor.enroll(await world.actors.signedIn({ tenant: acme }), world.clock)

  it('counts once where two right codes come at once, and leaves the other code unused', async () => {
    const ana = await withApp()
    const { challenge } = await ana.challenge()
    const [backup = ''] = ana.backupCodes
    const before = await countRows(world.database, acme, 'sessions')

    const answers = await Promise.all([
      ana.answer(challenge, ana.app.code()),
      ana.answer(challenge, backup, 'backup_code'),
    ])

    const [refused] = answers.filter(({ statusCode }) => statusCode !== 200)
    if (refused === undefined) throw new Error('both got in')
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    expectProblem(refused, 'invalid_challenge_response', 401)
    expect(await countRows(world.database, acme, 'sessions')).toBe(before + 1)
    const isAppRefused = answers[0] === refused
    const again = await ana.challenge()
    const spared = isAppRefused
      ? await ana.answer(again.challenge, ana.app.code())
      : await ana.answer(again.challenge, backup, 'backup_code')
    expect(spared.statusCode).toBe(200)
  })

  it('is no failure where another step follows', async () => {
    const ana = await withApp()
    await world.app.identity.demandPasswordReset(world.internalContext(acme), ana.actor.userId)

    for (let times = 0; times < 3; times += 1) {
      const { challenge } = await ana.challenge()
      const answer = await ana.answer(challenge, ana.app.code())
      expect(answer.json()).toMatchObject({ status: 'password_change_required' })
      world.clock.advance({ milliseconds: 30_000 })
    }

    const [[counted]] = await world.database.tenantBatch(acme.id, [
      sql<{ failures: number }>`
      SELECT max(failures)::integer AS failures FROM sign_in_failures
       WHERE tenant_id = current_tenant_id()`,
    ])
    expect(counted?.failures).toBe(0)
  })
})
