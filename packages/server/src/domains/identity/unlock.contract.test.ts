import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { tokenFromMail } from '../../../test/attacks/read-mail.ts'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem, observable } from '../../../test/support/expect-problem.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { minutes, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { Tenant } from '../tenants/index.ts'

describeStore('the owner of a delayed account', (open) => {
  let world: World
  let acme: Tenant
  let owner: Actor

  beforeAll(async () => {
    const { database, clock } = await open()
    world = await openWorld({ database: { ...database, close: async () => undefined }, clock })
  })
  beforeEach(async () => {
    acme = await world.tenant()
    owner = await world.actors.user({ tenant: acme })
  })
  afterAll(() => world.close())

  const from = (ip: string) => ({ remoteAddress: ip })
  const login = (ip: string, password = owner.identity.password, email = owner.identity.email) =>
    owner.request({
      method: 'POST',
      url: '/api/auth/login',
      payload: { email, password },
      ...from(ip),
    })
  const delay = async (ip: string) => {
    for (let n = 0; n < 7; n++) await login(ip, 'not-the-password-17')
  }
  const ask = (email = owner.identity.email) => owner.call('POST', '/api/auth/unlock', { email })
  const confirm = (token: string, actor = owner) =>
    actor.call('POST', '/api/auth/unlock/confirm', { token })
  const token = async () => {
    await ask()
    return tokenFromMail(world, owner.identity.email)
  }

  it('signs in again after the link, from every place, and it is recorded', async () => {
    await delay('192.0.2.10')
    await delay('192.0.2.11')
    expectProblem(await login('192.0.2.10'), 'invalid_credentials', 401)

    const link = await token()
    const { result, actions } = await auditedDuring(world, acme, () => confirm(link))

    expect([result.statusCode, result.json()]).toEqual([200, { status: 'unlocked' }])
    expect(actions).toEqual(['user.unlocked'])
    expect((await login('192.0.2.10')).statusCode).toBe(200)
    await delay('192.0.2.10')
    expect((await login('192.0.2.11')).statusCode).toBe(200)
  })

  it('does not wash the counter of a source clean', async () => {
    for (let n = 0; n < 60; n++) await login('192.0.2.20', 'x', `nobody-${n}@example.test`)

    await confirm(await token())

    expectProblem(await login('192.0.2.20'), 'invalid_credentials', 401)
    expect((await login('192.0.2.21')).statusCode).toBe(200)
  })

  it('ends the delay of this account only', async () => {
    const other = await world.actors.user({ tenant: acme })
    const { email, password } = other.identity
    for (let n = 0; n < 7; n++) await login('192.0.2.30', 'not-the-password-17', email)

    await confirm(await token())

    expectProblem(await login('192.0.2.30', password, email), 'invalid_credentials', 401)
  })

  it('uses a link once, when 50 requests do at once', async () => {
    const link = await token()

    const answers = await Promise.all(Array.from({ length: 50 }, () => confirm(link)))

    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
  })

  it('gets the same answer for a link that is old, foreign, used, suspended or made up', async () => {
    const foreign = world.actors.nobody(await world.tenant())
    const link = await token()
    const refused = [await confirm('A'.repeat(43)), await confirm(link, foreign)]
    refused.push(
      await owner.call('POST', '/api/auth/password/reset', {
        token: link,
        password: 'gravel-harp-untold-mosaic-7',
      }),
    )
    await world.app.identity.suspendUser(world.internalContext(acme), owner.userId)
    refused.push(await confirm(link))
    await world.app.identity.resumeUser(world.internalContext(acme), owner.userId)
    world.clock.advance(minutes(30))
    refused.push(await confirm(link))

    for (const answer of refused) expectProblem(answer, 'token_invalid', 422)
  })

  it('uses a link at the address that it was sent to only', async () => {
    const link = await token()
    await world.database.tenantBatch(acme.id, [
      sql`UPDATE users SET email_key = 'new@example.test'
           WHERE tenant_id = current_tenant_id() AND id = ${toUuid(owner.userId)}`,
    ])

    expectProblem(await confirm(link), 'token_invalid', 422)
  })

  it('is told nothing that a stranger is not told', async () => {
    const suspended = await world.actors.user({ tenant: acme })
    await world.app.identity.suspendUser(world.internalContext(acme), suspended.userId)
    await delay('192.0.2.40')

    const unknown = await ask('nobody@example.test')

    expect([unknown.statusCode, unknown.json()]).toEqual([202, { status: 'accepted' }])
    expect(observable(await ask())).toEqual(observable(unknown))
    expect(observable(await ask())).toEqual(observable(unknown))
    expect(observable(await ask(suspended.identity.email))).toEqual(observable(unknown))
    await tokenFromMail(world, owner.identity.email)
    expect(world.mailbox.list({ to: suspended.identity.email })).toEqual([])
    expect(world.mailbox.list({ to: owner.identity.email })).toHaveLength(1)
  })
})
