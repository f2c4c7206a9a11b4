import { expect, it } from 'vitest'
import { AuthenticatorApp } from '../../../test/support/authenticator-app.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { hours, minutes, newId, Secret, toUuid } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import {
  factorWorlds,
  freshlyProven,
  PASSWORD_ONLY,
  race,
  withCode,
} from './factor-world.contract.ts'
import { createFactors } from './index.ts'

describeStore('an authenticator app', (open) => {
  const openWorld = factorWorlds(open)

  it('counts from its confirmation on, and comes with backup codes', async () => {
    const { factors, user, clock, redeem, ports, actions } = await openWorld()
    const context = await user()

    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const app = new AuthenticatorApp(secret.reveal(), clock)
    const early = await redeem(context, 'totp', app.code())
    const before = await factors.list(context)
    const confirmed = await factors.confirmTotp(context, { id, code: new Secret(app.code()) })

    expect(early).toBeUndefined()
    expect(before).toEqual({ factors: [], backupCodesLeft: 0 })
    expect(confirmed.backupCodes).toHaveLength(10)
    expect(await factors.list(context)).toMatchObject({
      factors: [{ id, kind: 'totp' }],
      backupCodesLeft: 10,
    })
    expect(ports.messages).toEqual(['factor_added'])
    expect(ports.guesses).toBe(0)
    expect(await actions()).toEqual([
      'factor.enrolled success',
      'factor.confirmed success',
      'backup_codes.made success',
    ])
  })

  it('is not enrolled without the password', async () => {
    const { factors, user } = await openWorld()
    const proof = { currentPassword: new Secret('wrong'), response: undefined }

    await expect(factors.enrollTotp(await user(), proof)).rejects.toMatchObject({
      code: 'current_password_wrong',
    })
  })

  it('is not enrolled where the tenant uses no second factors', async () => {
    const { factors, user, actions } = await openWorld({ mfa_policy: 'off' })

    await expect(factors.enrollTotp(await user(), PASSWORD_ONLY)).rejects.toMatchObject({
      code: 'mfa_disabled',
    })
    expect(await actions()).toEqual(['factor.enrollment_refused refused'])
  })

  it('is not confirmed by a wrong code, which is counted and recorded', async () => {
    const { factors, user, clock, ports, actions } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const code = new Secret(new AuthenticatorApp(secret.reveal(), clock).wrongCode())

    await expect(factors.confirmTotp(context, { id, code })).rejects.toMatchObject({
      code: 'factor_code_wrong',
    })

    expect(ports.guesses).toBe(1)
    expect((await factors.list(context)).factors).toEqual([])
    expect(await actions()).toContain('factor.confirmation_refused refused')
  })

  it('is not confirmed while guesses are blocked, even by the right code', async () => {
    const { factors, user, clock, ports } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const code = new Secret(new AuthenticatorApp(secret.reveal(), clock).code())
    ports.isBlocked = true

    await expect(factors.confirmTotp(context, { id, code })).rejects.toMatchObject({
      code: 'factor_code_wrong',
    })
    expect((await factors.list(context)).factors).toEqual([])
  })

  it('of somebody else, of another tenant or of nobody does not exist', async () => {
    const { factors, user, tenant, clock } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const code = new Secret(new AuthenticatorApp(secret.reveal(), clock).code())
    const others = [await user(), await user(await tenant())]

    for (const other of others) {
      await expect(factors.confirmTotp(other, { id, code })).rejects.toMatchObject({
        code: 'factor_not_found',
      })
    }
    await expect(factors.confirmTotp(context, { id: newId('fct'), code })).rejects.toMatchObject({
      code: 'factor_not_found',
    })
  })

  it('is confirmed once when 50 requests try', async () => {
    const { factors, user, clock } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const code = new Secret(new AuthenticatorApp(secret.reveal(), clock).code())

    const { succeeded, codes } = await race(() => factors.confirmTotp(context, { id, code }))

    expect({ succeeded, codes }).toEqual({ succeeded: 1, codes: ['factor_not_found'] })
    expect(await factors.list(context)).toMatchObject({ backupCodesLeft: 10 })
  })

  it('can not be confirmed an hour later, nor after a newer enrolment', async () => {
    const { factors, user, clock } = await openWorld()
    const [late, replaced] = [await user(), await user()]
    const first = await factors.enrollTotp(late, PASSWORD_ONLY)
    const second = await factors.enrollTotp(replaced, PASSWORD_ONLY)
    await factors.enrollTotp(replaced, PASSWORD_ONLY)
    const codeOf = (secret: Secret<string>) =>
      new Secret(new AuthenticatorApp(secret.reveal(), clock).code())

    await expect(
      factors.confirmTotp(replaced, { id: second.id, code: codeOf(second.secret) }),
    ).rejects.toMatchObject({ code: 'factor_not_found' })
    clock.advance(hours(1))
    await expect(
      factors.confirmTotp(late, { id: first.id, code: codeOf(first.secret) }),
    ).rejects.toMatchObject({ code: 'factor_not_found' })
  })

  it('has its code accepted once when 50 requests redeem it (I2)', async () => {
    const { withApp, redeem } = await openWorld()
    const { context, app } = await withApp()
    const code = app.code()

    const { succeeded } = await race(() => redeem(context, 'totp', code))

    expect(succeeded).toBe(1)
  })

  it('does not have the code accepted that confirmed it', async () => {
    const { factors, user, clock, redeem } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const app = new AuthenticatorApp(secret.reveal(), clock)
    await factors.confirmTotp(context, { id, code: new Secret(app.code()) })

    expect(await redeem(context, 'totp', app.code())).toBeUndefined()
  })

  it('has no used code accepted by another instance, nor when the clock steps back (I11)', async () => {
    const { withApp, redeem, dependencies, database, clock } = await openWorld()
    const { context, app } = await withApp()
    const code = app.code()
    const earlier = app.code({ milliseconds: -30_000 })
    expect(await redeem(context, 'totp', code)).toMatchObject({ method: 'totp', amr: ['otp'] })

    const restarted = createFactors(dependencies)
    const again = (text: string) =>
      database.withTenant(context.tenant.id, (tx) =>
        restarted.within.redeem(tx, context, {
          userId: context.principal.userId,
          response: { method: 'totp', code: new Secret(text) },
        }),
      )
    const afterRestart = [await again(code), await again(earlier)]
    clock.advance({ milliseconds: -60_000 })
    const inThePast = [await again(code), await again(app.code())]

    expect([...afterRestart, ...inThePast]).toEqual([undefined, undefined, undefined, undefined])
  })

  it('has its secret sealed, so that it opens for this factor only', async () => {
    const { factors, user, clock, acme, database, redeem } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
    const app = new AuthenticatorApp(secret.reveal(), clock)
    await factors.confirmTotp(context, { id, code: new Secret(app.code()) })
    const [rows] = await database.tenantBatch(acme.id, [
      sql<{ secret_sealed: Buffer }>`
        UPDATE authentication_factors SET id = ${toUuid(newId('fct'))}
         WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} RETURNING secret_sealed`,
    ])

    expect(rows[0]?.secret_sealed.length).toBeGreaterThan(20 + 28)
    await expect(redeem(context, 'totp', app.code())).rejects.toMatchObject({
      code: 'factor_secret_unavailable',
      status: 503,
    })
  })

  it('is not added beside another one by a password and a session alone', async () => {
    const { factors, withApp, clock } = await openWorld()
    const { context, app } = await withApp()
    const stale = freshlyProven(context)

    await expect(factors.enrollTotp(context, PASSWORD_ONLY)).rejects.toMatchObject({
      code: 'insufficient_user_authentication',
    })
    await expect(factors.enrollTotp(context, withCode(app.wrongCode()))).rejects.toMatchObject({
      code: 'factor_code_wrong',
    })
    expect(await factors.enrollTotp(freshlyProven(context), PASSWORD_ONLY)).toBeDefined()
    expect(await factors.enrollTotp(context, withCode(app.code()))).toBeDefined()
    clock.advance(minutes(6))
    await expect(factors.enrollTotp(stale, PASSWORD_ONLY)).rejects.toMatchObject({
      code: 'insufficient_user_authentication',
    })
  })

  it('is the last of five', async () => {
    const { factors, withApp, clock } = await openWorld()
    const { context } = await withApp()
    for (let count = 1; count < 5; count++) {
      const { id, secret } = await factors.enrollTotp(freshlyProven(context), PASSWORD_ONLY)
      const code = new Secret(new AuthenticatorApp(secret.reveal(), clock).code())
      const { backupCodes } = await factors.confirmTotp(context, { id, code })
      expect(backupCodes).toBeUndefined()
    }

    await expect(factors.enrollTotp(freshlyProven(context), PASSWORD_ONLY)).rejects.toMatchObject({
      code: 'factor_limit_reached',
    })
  })

  it('is forgotten by the clean-up if nobody confirmed it within the hour', async () => {
    const { factors, user, withApp, clock, acme, context, database } = await openWorld()
    await withApp()
    await factors.enrollTotp(await user(), PASSWORD_ONLY)
    const count = async () => {
      const [rows] = await database.tenantBatch(acme.id, [
        sql<{ n: number }>`SELECT count(*)::int AS n FROM authentication_factors
                            WHERE tenant_id = current_tenant_id()`,
      ])
      return rows[0]?.n
    }

    await factors.purge(context(acme))
    const young = await count()
    clock.advance(hours(1))
    await factors.purge(context(acme))

    expect([young, await count()]).toEqual([2, 1])
  })
})
