import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { hours, newId } from '../../src/kernel/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { tokenFromMail } from './read-mail.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: a token that was mailed for one purpose opens something else, elsewhere, or twice. */
let world: World
let acme: Tenant
let globex: Tenant
let email: string

const PASSWORD = 'plum-orbit-lantern-42'
const NEW_PASSWORD = 'quartz-meadow-ripple-77'

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  globex = await world.tenant()
})
beforeEach(() => {
  email = `${newId('usr').slice(4)}@example.test`
})
afterAll(() => world.close())

type Purpose = 'verification' | 'reset' | 'invitation'

async function issue(purpose: Purpose): Promise<string> {
  const nobody = world.actors.nobody(acme)
  switch (purpose) {
    case 'verification':
      await nobody.call('POST', '/api/auth/register', { email, password: PASSWORD })
      return tokenFromMail(world, email)
    case 'reset':
      await world.actors.user({ tenant: acme, email })
      await nobody.call('POST', '/api/auth/password/forgot', { email })
      return tokenFromMail(world, email)
    case 'invitation':
      await world.app.identity.inviteUser(world.internalContext(acme), { email })
      return tokenFromMail(world, email)
  }
}

function redeem(purpose: Purpose, token: string, tenant = acme) {
  const nobody = world.actors.nobody(tenant)
  switch (purpose) {
    case 'verification':
      return nobody.call('POST', '/api/auth/verify-email', { token })
    case 'reset':
      return nobody.call('POST', '/api/auth/password/reset', { token, password: NEW_PASSWORD })
    case 'invitation':
      return nobody.call('POST', '/api/auth/invitations/accept', { token, password: NEW_PASSWORD })
  }
}

const REFUSED = {
  verification: 'user.email_verification_refused',
  reset: 'user.password_reset_refused',
  invitation: 'user.invitation_refused',
} as const

const PURPOSES = Object.keys(REFUSED) as Purpose[]
const CONFUSIONS = PURPOSES.flatMap((issued) =>
  PURPOSES.filter((used) => used !== issued).map((used) => [issued, used] as const),
)

async function expectRefused(used: Purpose, token: string, tenant = acme): Promise<void> {
  const before = await tenantState(world, acme)
  const reference = await redeem(used, 'A'.repeat(43), tenant)

  const { result, actions } = await auditedDuring(world, tenant, () => redeem(used, token, tenant))

  expectProblem(result, 'token_invalid', 422)
  expect(observable(result)).toEqual(observable(reference))
  expect(actions).toEqual([REFUSED[used]])
  expect(await tenantState(world, acme)).toEqual(before)
}

describe('a mailed token', () => {
  it.each(CONFUSIONS)('for %s is refused as token for %s, and stays good', async (issued, used) => {
    const token = await issue(issued)

    await expectRefused(used, token)

    expect((await redeem(issued, token)).statusCode).toBeLessThan(300)
  })

  it.each(PURPOSES)('for %s is refused in another tenant', async (purpose) => {
    await expectRefused(purpose, await issue(purpose), globex)
  })

  it.each(PURPOSES)('for %s is refused the second time', async (purpose) => {
    const token = await issue(purpose)
    expect((await redeem(purpose, token)).statusCode).toBeLessThan(300)

    await expectRefused(purpose, token)
  })

  it.each(PURPOSES)('for %s is refused when it is too old', async (purpose) => {
    const token = await issue(purpose)
    world.clock.advance(hours(73))

    await expectRefused(purpose, token)
  })

  it.each(PURPOSES)('for %s works once when 50 redeem it at the same time', async (purpose) => {
    const token = await issue(purpose)

    const answers = await Promise.all(Array.from({ length: 50 }, () => redeem(purpose, token)))

    const statuses = answers.map((answer) => answer.statusCode)
    expect(statuses.filter((status) => status < 300)).toHaveLength(1)
    expect(statuses.filter((status) => status === 422)).toHaveLength(49)
  })
})
