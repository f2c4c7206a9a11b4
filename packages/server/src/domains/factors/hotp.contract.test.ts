import { expect, it } from 'vitest'
import { CountingToken } from '../../../test/support/counting-token.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { newId, Secret } from '../../kernel/index.ts'
import { factorWorlds, PASSWORD_ONLY, race, withCode } from './factor-world.contract.ts'
import { createFactors } from './index.ts'

describeStore('a token that counts', (open) => {
  const openWorld = factorWorlds(open)

  it('counts from its confirmation on, and comes with backup codes', async () => {
    const { factors, user, redeem, ports } = await openWorld()
    const context = await user()

    const { id, secret, uri } = await factors.enrollHotp(context, PASSWORD_ONLY)
    const token = new CountingToken(secret.reveal())
    const early = await redeem(context, 'hotp', token.codeAt(0))
    const confirmed = await factors.confirmHotp(context, { id, code: new Secret(token.press()) })

    expect(uri.reveal()).toMatch(/^otpauth:\/\/hotp\/.*counter=0/)
    expect(early).toBeUndefined()
    expect(confirmed.backupCodes).toHaveLength(10)
    expect((await factors.list(context)).factors).toMatchObject([{ id, kind: 'hotp' }])
    expect(ports.messages).toEqual(['factor_added'])
  })

  it('is confirmed as what it was enrolled as only', async () => {
    const { factors, user } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollHotp(context, PASSWORD_ONLY)
    const code = new Secret(new CountingToken(secret.reveal()).press())

    await expect(factors.confirmTotp(context, { id, code })).rejects.toMatchObject({
      code: 'factor_not_found',
    })
  })

  it('of somebody else, of another tenant or of nobody does not exist', async () => {
    const { factors, user, tenant } = await openWorld()
    const context = await user()
    const { id, secret } = await factors.enrollHotp(context, PASSWORD_ONLY)
    const code = new Secret(new CountingToken(secret.reveal()).press())

    for (const other of [await user(), await user(await tenant())]) {
      await expect(factors.confirmHotp(other, { id, code })).rejects.toMatchObject({
        code: 'factor_not_found',
      })
    }
    await expect(factors.confirmHotp(context, { id: newId('fct'), code })).rejects.toMatchObject({
      code: 'factor_not_found',
    })
  })

  it('proves a factor with each code once, also when 50 requests send it (I2)', async () => {
    const { withToken, redeem } = await openWorld()
    const { context, token } = await withToken()
    const code = token.press()

    const { succeeded } = await race(() => redeem(context, 'hotp', code))

    expect(succeeded).toBe(1)
    expect(await redeem(context, 'hotp', code)).toBeUndefined()
    expect(await redeem(context, 'hotp', token.press())).toMatchObject({
      method: 'hotp',
      amr: ['otp'],
    })
  })

  it('is used up by its confirmation: the same code proves nothing afterwards', async () => {
    const { withToken, redeem } = await openWorld()
    const { context, token } = await withToken()

    expect(await redeem(context, 'hotp', token.codeAt(0))).toBeUndefined()
  })

  it('may be ahead by ten codes and no more, and is not searched for beyond', async () => {
    const { withToken, redeem } = await openWorld()
    const { context, token } = await withToken()

    // The next counter is 1, so that 10 is the last one within the window.
    const beyond = await redeem(context, 'hotp', token.codeAt(11))
    const last = await redeem(context, 'hotp', token.codeAt(10))
    const skipped = await redeem(context, 'hotp', token.codeAt(5))
    const next = await redeem(context, 'hotp', token.codeAt(11))

    expect(beyond).toBeUndefined()
    expect(last).toBeDefined()
    expect(skipped).toBeUndefined()
    expect(next).toBeDefined()
  })

  it('keeps its counter in the database, so that no restart forgets it', async () => {
    const { withToken, dependencies, database } = await openWorld()
    const { context, token } = await withToken()
    const redeemOn = (factors: ReturnType<typeof createFactors>, code: string) =>
      database.withTenant(context.tenant.id, (tx) =>
        factors.within.redeem(tx, context, {
          userId: context.principal.userId,
          response: { method: 'hotp', code: new Secret(code) },
        }),
      )
    const code = token.press()

    expect(await redeemOn(createFactors(dependencies), code)).toBeDefined()
    expect(await redeemOn(createFactors(dependencies), code)).toBeUndefined()
  })

  it('is no authenticator app: its codes prove nothing as such', async () => {
    const { withToken, redeem } = await openWorld()
    const { context, token } = await withToken()

    expect(await redeem(context, 'totp', token.codeAt(1))).toBeUndefined()
  })

  it('lets its owner remove it, and a wrong code does not', async () => {
    const { withToken, factors } = await openWorld()
    const { context, id, token } = await withToken()

    await expect(
      factors.remove(context, id, withCode(token.wrongCode(), 'hotp')),
    ).rejects.toMatchObject({ code: 'factor_code_wrong' })
    await factors.remove(context, id, withCode(token.press(), 'hotp'))
    expect((await factors.list(context)).factors).toEqual([])
  })
})
