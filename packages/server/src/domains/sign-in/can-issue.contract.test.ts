import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Actor } from '../../../test/support/actors.ts'
import { auditedDuring } from '../../../test/support/audit-trail.ts'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { expectProblem } from '../../../test/support/expect-problem.ts'
import { MfaActor } from '../../../test/support/mfa-actor.ts'
import { openWorld, type World } from '../../../test/support/open-world.ts'
import { ACR, Secret, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { TRUSTED_DEVICE_AMR } from '../factors/index.ts'
import type { Tenant } from '../tenants/index.ts'
import { canIssue } from './can-issue.ts'

describeStore('the gate of every sign-in', (open) => {
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

  it('refuses a user who was deleted after the password was right, like a wrong password', async () => {
    const ana = await world.actors.user({ tenant: acme })
    const { identity } = world.app
    const { verifyPassword } = identity
    identity.verifyPassword = async (...given) => {
      const verified = await verifyPassword(...given)
      const gone = sql`
        DELETE FROM users
         WHERE tenant_id = current_tenant_id() AND id = ${toUuid(ana.userId)}`
      await world.database.tenantBatch(acme.id, [gone])
      return verified
    }

    const { result, events } = await auditedDuring(world, acme, () => ana.login())
    identity.verifyPassword = verifyPassword

    expectProblem(result, 'invalid_credentials', 401)
    expect(events.at(-1)).toMatchObject({ details: { reason: 'user_gone' } })
  })

  it('begins no session before the address is proven', async () => {
    const email = 'new@example.test'
    const password = 'plum-orbit-lantern-42'
    const context = world.internalContext(acme)
    await world.app.identity.register(context, { email, password: new Secret(password) })
    const nobody = world.actors.nobody(acme)

    const answer = await nobody.call('POST', '/api/auth/login', {
      email,
      password,
      transport: 'bearer',
    })

    expect(answer.json()).toEqual({ status: 'email_verification_required' })
    expect(await countRows(world.database, acme, 'sessions')).toBe(0)
  })

  it('takes trust of a session from how it began, never from the device that is there now', async () => {
    const { actor } = await MfaActor.enroll(
      await world.actors.signedIn({ tenant: acme }),
      world.clock,
    )
    const decide = (request: { readonly method: 'session' | 'passkey'; readonly amr: string[] }) =>
      judge(actor, { ...request, acr: ACR.password, isFactorProven: false })

    const trusted = { method: 'session', amr: ['pwd', TRUSTED_DEVICE_AMR] } as const
    expect(await decide({ ...trusted, amr: [...trusted.amr] })).toMatchObject({
      kind: 'issue',
      isFactorSkipped: true,
    })
    const asked = { kind: 'step', step: 'mfa_required' }
    expect(await decide({ method: 'session', amr: ['pwd'] })).toMatchObject(asked)
    expect(await decide({ method: 'passkey', amr: ['pwd', TRUSTED_DEVICE_AMR] })).toMatchObject(
      asked,
    )
  })

  function judge(
    actor: Actor,
    request: Omit<Parameters<typeof canIssue>[3], 'subject' | 'client' | 'provenAgainst'>,
  ) {
    return world.database.withTenant(acme.id, (tx) =>
      canIssue({ factors: world.app.factors }, tx, world.internalContext(acme), {
        ...request,
        subject: actor.userId,
        client: { id: 'first-party' },
        provenAgainst: undefined,
      }),
    )
  }
})
