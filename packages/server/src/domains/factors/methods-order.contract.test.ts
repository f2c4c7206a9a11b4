import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { CountingToken } from '../../../test/support/counting-token.ts'
import { describeStore } from '../../../test/support/describe-store.ts'
import { minutes, newId, Secret, type UserContext } from '../../kernel/index.ts'
import { factorWorlds, withCode } from './factor-world.contract.ts'
import { methodsOf } from './model.ts'
import { advanceCredential, insertCredential } from './webauthn/credential-store.ts'

describeStore('the methods that a user is offered', (open) => {
  const openFactors = factorWorlds(open)
  const setUp = async () => {
    const world = await openFactors()
    const { context, app, backupCodes } = await world.withApp()
    const { userId } = context.principal
    const now = () => world.clock.now()
    const within = world.database.withTenant
    const methods = async (of: UserContext = context) =>
      methodsOf(
        await within(of.tenant.id, (tx) => world.factors.within.readState(tx, of.principal.userId)),
        of.tenant.policy,
      )
    const enrollToken = async () => {
      const { id, secret } = await world.factors.enrollHotp(context, withCode(app.code()))
      const token = new CountingToken(secret.reveal())
      world.clock.advance(minutes(1))
      await world.factors.confirmHotp(context, { id, code: new Secret(token.press()) })
      world.clock.advance(minutes(1))
      return token
    }
    const addKey = async () => {
      const id = newId('wac')
      const credential = {
        id,
        userId,
        credentialId: randomBytes(16).toString('base64url'),
        publicKey: randomBytes(77),
        signCount: 0,
        isBackupEligible: false,
        isBackedUp: false,
        transports: ['usb'],
        aaguid: '00000000-0000-0000-0000-000000000000',
        attestationFormat: 'none',
        name: 'Key',
        createdAt: now(),
      }
      await within(context.tenant.id, (tx) => insertCredential(tx, credential))
      world.clock.advance(minutes(1))
      const use = () =>
        within(context.tenant.id, (tx) => {
          const { isBackupEligible, isBackedUp } = credential
          const flags = { isUserVerified: true, isBackupEligible, isBackedUp }
          return advanceCredential(tx, { id, userId, signCount: 0, ...flags }, now())
        })
      return { use }
    }
    return { ...world, context, app, backupCodes, methods, enrollToken, addKey }
  }

  it('begin with the one that was used last, then the strongest', async () => {
    const { context, app, clock, redeem, methods, enrollToken, addKey } = await setUp()
    const token = await enrollToken()
    const key = await addKey()
    const use = async (work: () => Promise<unknown>) => {
      expect(await work()).toBeTruthy()
      clock.advance(minutes(1))
      return methods()
    }

    const byToken = await use(() => redeem(context, 'hotp', token.press()))
    const byApp = await use(() => redeem(context, 'totp', app.code()))
    const byKey = await use(key.use)

    expect(byToken).toEqual(['hotp', 'webauthn', 'totp', 'backup_code'])
    expect(byApp).toEqual(['totp', 'webauthn', 'hotp', 'backup_code'])
    expect(byKey).toEqual(['webauthn', 'totp', 'hotp', 'backup_code'])
  })

  it('begin with a factor that was added since, also a key that was never used', async () => {
    const { methods, enrollToken, addKey } = await setUp()

    await enrollToken()
    expect(await methods()).toEqual(['hotp', 'totp', 'backup_code'])
    await addKey()
    expect((await methods())[0]).toBe('webauthn')
  })

  it('end with backup codes, also when one was used last', async () => {
    const { context, redeem, methods, backupCodes } = await setUp()

    await redeem(context, 'backup_code', backupCodes[0]?.reveal() ?? '')

    expect(await methods()).toEqual(['totp', 'backup_code'])
  })

  it('do not depend on what others use, nor on what was never confirmed', async () => {
    const { context, factors, methods, addKey, withToken, redeem, app } = await setUp()
    await addKey()
    const ben = await withToken()
    await redeem(ben.context, 'hotp', ben.token.press())
    await factors.enrollHotp(context, withCode(app.code()))

    expect(await methods(ben.context)).toEqual(['hotp', 'backup_code'])
    expect(await methods()).toEqual(['totp', 'webauthn', 'backup_code'])
  })
})
