import { expect, it } from 'vitest'
import { AuthenticatorApp } from '../../../test/support/authenticator-app.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { Secret, toUuid, type UserContext } from '../../kernel/index.ts'
import { sql, type Statement } from '../../platform/db/index.ts'
import { parsePhoneNumber } from '../../platform/sms/index.ts'
import { factorWorlds, PASSWORD_ONLY } from './factor-world.contract.ts'
import { createFactors, type Factors } from './index.ts'

/** What happens between the moment a guess is counted and the one in which it is judged. */
describeStore('a confirmation that is overtaken', (open) => {
  const openFactors = factorWorlds(open)
  const setUp = async () => {
    const world = await openFactors({ sms_allowed_countries: ['+49'] })
    const context = await world.user()
    const number = parsePhoneNumber('+4915112345678')
    if (number === undefined) throw new Error('not a number')
    const begin = {
      totp: async () => {
        const { id, secret } = await world.factors.enrollTotp(context, PASSWORD_ONLY)
        return { id, code: new AuthenticatorApp(secret.reveal(), world.clock).code() }
      },
      sms: async () => {
        const { id } = await world.factors.enrollSms(context, number, PASSWORD_ONLY)
        return { id, code: world.ports.sms.at(-1)?.code.reveal() ?? '' }
      },
    }
    /** The same use cases, with something that comes first. */
    const overtakenBy = (statement: Statement): Factors => {
      const guesses = {
        ...world.dependencies.guesses,
        reserve: async () => {
          await world.database.tenantBatch(world.acme.id, [statement])
          return { blocked: false }
        },
      }
      return createFactors({ ...world.dependencies, guesses })
    }
    return { ...world, context, begin, overtakenBy }
  }
  const confirm = (
    factors: Factors,
    context: UserContext,
    kind: 'totp' | 'sms',
    {
      id,
      code,
    }: { readonly id: Parameters<Factors['confirmTotp']>[1]['id']; readonly code: string },
  ) => {
    const confirmation = { id, code: new Secret(code) }
    return kind === 'totp'
      ? factors.confirmTotp(context, confirmation)
      : factors.confirmSms(context, confirmation)
  }

  it.each(['totp', 'sms'] as const)('by the deletion of its user: %s', async (kind) => {
    const { context, begin, overtakenBy } = await setUp()
    const begun = await begin[kind]()
    const factors = overtakenBy(sql`
      DELETE FROM users
       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(context.principal.userId)}`)

    await expect(confirm(factors, context, kind, begun)).rejects.toMatchObject({
      code: 'user_not_found',
    })
  })

  it.each(['totp', 'sms'] as const)('by the end of its enrolment: %s', async (kind) => {
    const { context, begin, overtakenBy, actions } = await setUp()
    const begun = await begin[kind]()
    const before = await actions()
    const factors = overtakenBy(sql`
      DELETE FROM authentication_factors
       WHERE tenant_id = current_tenant_id() AND id = ${toUuid(begun.id)}`)

    await expect(confirm(factors, context, kind, begun)).rejects.toMatchObject({
      code: 'factor_not_found',
    })
    expect(await actions()).toEqual(before)
  })

  it('has no part in the proof of other factors, also if its secret can not be opened', async () => {
    const { withApp, factors, redeem, database, acme, clock } = await setUp()
    const { context, app } = await withApp()
    const proof = { method: 'totp' as const, code: new Secret(app.code()) }
    await factors.enrollTotp(context, { ...PASSWORD_ONLY, response: proof })
    await database.tenantBatch(acme.id, [
      sql`
      UPDATE authentication_factors SET secret_sealed = ${Buffer.from('nothing that opens')}
       WHERE tenant_id = current_tenant_id() AND confirmed_at IS NULL`,
    ])
    clock.advance({ milliseconds: 30_000 })

    expect(await redeem(context, 'totp', app.code())).toMatchObject({ method: 'totp' })
  })
})
