import type { Response as InjectResponse } from 'light-my-request'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem, observable } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { mailTo } from './read-mail.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: the answers of the public endpoints tell which addresses have an account. */
let world: World
let acme: Tenant
let nobody: Actor

const PASSWORD = 'plum-orbit-lantern-42'
const KINDS = ['known', 'unknown', 'suspended', 'unverified', 'delayed', 'invited'] as const
type Kind = (typeof KINDS)[number]

beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world.close())

/** A tenant with one account of each kind, all of them with the same password. */
async function populate(): Promise<void> {
  acme = await world.tenant()
  nobody = world.actors.nobody(acme)
  const context = world.internalContext(acme)
  await world.actors.user({ tenant: acme, email: addressOf('known') })
  await world.actors.user({ tenant: acme, email: addressOf('delayed') })
  const suspended = await world.actors.user({ tenant: acme, email: addressOf('suspended') })
  await world.app.identity.suspendUser(context, suspended.userId)
  await world.app.identity.createUser(context, {
    email: addressOf('unverified'),
    password: new Secret(PASSWORD),
  })
  await world.app.identity.inviteUser(context, { email: addressOf('invited') })
  await Promise.all([mailTo(world, addressOf('unverified')), mailTo(world, addressOf('invited'))])
  for (let guess = 0; guess < 6; guess++) await login('delayed', 'wrong-password-guess')
  // The first message a minute goes out; the ones of the set-up lie behind.
  world.clock.advance({ milliseconds: 61_000 })
  for (let guess = 0; guess < 2; guess++) await login('delayed', 'wrong-password-guess')
}

function addressOf(kind: Kind): string {
  return `${kind}@${acme.slug}.test`
}

function login(kind: Kind, password: string): Promise<InjectResponse> {
  return nobody.call('POST', '/api/auth/login', { email: addressOf(kind), password })
}

/** Answers of every kind, compared with that for an address that nobody has. */
async function expectAlike(ask: (kind: Kind) => Promise<InjectResponse>): Promise<InjectResponse> {
  const reference = await ask('unknown')
  for (const kind of KINDS) {
    expect({ kind, ...observable(await ask(kind)) }).toEqual({ kind, ...observable(reference) })
  }
  return reference
}

describe('an attacker who compares answers', () => {
  it('learns nothing from a sign-in with a wrong password', async () => {
    await populate()
    const before = await tenantState(world, acme)

    const { result, actions } = await auditedDuring(world, acme, () =>
      expectAlike((kind) => login(kind, 'not-the-password-17')),
    )

    expectProblem(result, 'invalid_credentials', 401)
    expect(actions).toEqual(Array.from({ length: KINDS.length + 1 }, () => 'sign_in.refused'))
    expect(await tenantState(world, acme)).toEqual(before)
  })

  it('learns nothing from the right password of a suspended, delayed or invited account', async () => {
    await populate()

    const unknown = await login('unknown', PASSWORD)
    const { result, events } = await auditedDuring(world, acme, async () => [
      await login('suspended', PASSWORD),
      await login('delayed', PASSWORD),
      await login('invited', PASSWORD),
    ])

    for (const answer of result) expect(observable(answer)).toEqual(observable(unknown))
    expect(events.map((event) => event.details['reason'])).toEqual([
      'user_suspended',
      'delayed',
      'wrong_password',
    ])
  })

  it('learns nothing from registering', async () => {
    await populate()
    const before = await tenantState(world, acme)

    const answer = await expectAlike((kind) =>
      nobody.call('POST', '/api/auth/register', { email: addressOf(kind), password: PASSWORD }),
    )

    expect(answer.statusCode).toBe(202)
    const after = await tenantState(world, acme)
    expect(after['users']).toHaveLength((before['users']?.length ?? 0) + 1)
    expect(after['passwords']).toEqual(expect.arrayContaining([...(before['passwords'] ?? [])]))
    const [toKnown] = await mailTo(world, addressOf('known'))
    expect(toKnown?.subject).toContain('already have an account')
    expect(toKnown?.text).not.toContain('#')
  })

  it.each(['/api/auth/password/forgot', '/api/auth/verify-email/resend'])(
    'learns nothing from %s',
    async (path) => {
      await populate()

      const { result, actions } = await auditedDuring(world, acme, () =>
        expectAlike((kind) => nobody.call('POST', path, { email: addressOf(kind) })),
      )

      expect(result.statusCode).toBe(202)
      expect(new Set(actions).size).toBe(1)
      expect(actions).toHaveLength(KINDS.length + 1)
    },
  )

  it('gets no reset mail sent but to an active account', async () => {
    await populate()
    const mailsBefore = KINDS.map((kind) => world.mailbox.list({ to: addressOf(kind) }).length)

    // The known account last: when its mail is there, the others would be too.
    for (const kind of ['unknown', 'suspended', 'known'] as const) {
      await nobody.call('POST', '/api/auth/password/forgot', { email: addressOf(kind) })
    }

    const [mail] = await mailTo(world, addressOf('known'), (mailsBefore[0] ?? 0) + 1)
    expect(mail?.text).toContain(`${acme.issuer}/reset-password#`)
    expect(world.mailbox.list({ to: addressOf('unknown') })).toEqual([])
    expect(world.mailbox.list({ to: addressOf('suspended') })).toEqual([])
  })

  it('gets no verification mail sent but to an address that waits for one', async () => {
    await populate()

    for (const kind of ['known', 'suspended', 'unknown', 'unverified'] as const) {
      await nobody.call('POST', '/api/auth/verify-email/resend', { email: addressOf(kind) })
    }

    const [mail] = await mailTo(world, addressOf('unverified'), 2)
    expect(mail?.text).toContain(`${acme.issuer}/verify-email#`)
    for (const kind of ['known', 'suspended', 'unknown'] as const) {
      expect(world.mailbox.list({ to: addressOf(kind) })).toEqual([])
    }
  })
})
