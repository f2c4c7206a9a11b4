import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { Secret } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { factorWorlds, freshlyProven, race, withCode } from './factor-world.contract.ts'

const PASSWORD = new Secret('right')

describeStore('backup codes', (open) => {
  const openWorld = factorWorlds(open)

  it('work once each, also when 50 requests redeem one (I2), and tell the owner', async () => {
    const { withApp, redeem, factors, ports } = await openWorld()
    const { context, backupCodes } = await withApp()
    const code = backupCodes[0]?.reveal() ?? ''

    const { succeeded } = await race(() => redeem(context, 'backup_code', code))

    expect(succeeded).toBe(1)
    expect((await factors.list(context)).backupCodesLeft).toBe(9)
    expect(ports.messages.filter((kind) => kind === 'backup_code_used')).toHaveLength(1)
    expect(
      await redeem(context, 'backup_code', backupCodes[1]?.reveal().toUpperCase() ?? ''),
    ).toMatchObject({ method: 'backup_code' })
  })

  it('are dead at once when a new set is made', async () => {
    const { withApp, redeem, factors, ports, actions } = await openWorld()
    const { context, backupCodes } = await withApp()

    const renewed = await factors.renewBackupCodes(freshlyProven(context), PASSWORD)

    for (const code of backupCodes) {
      expect(await redeem(context, 'backup_code', code.reveal())).toBeUndefined()
    }
    expect(renewed).toHaveLength(10)
    expect(await redeem(context, 'backup_code', renewed[0]?.reveal() ?? '')).toBeDefined()
    expect(ports.messages).toContain('backup_codes_made')
    expect(await actions()).toContain('backup_codes.made success')
  })

  it('leave one whole set when 50 new ones are made at once', async () => {
    const { withApp, redeem, factors } = await openWorld()
    const { context } = await withApp()
    const sets: (readonly Secret<string>[])[] = []

    await race(async () => {
      sets.push(await factors.renewBackupCodes(freshlyProven(context), PASSWORD))
    })

    const alive = []
    for (const [code] of sets) {
      alive.push(await redeem(context, 'backup_code', code?.reveal() ?? ''))
    }
    expect(alive.filter((redeemed) => redeemed !== undefined)).toHaveLength(1)
    expect((await factors.list(context)).backupCodesLeft).toBe(9)
  })

  it('are not made by a password and a session alone, nor without the password', async () => {
    const { withApp, factors } = await openWorld()
    const { context } = await withApp()

    await expect(factors.renewBackupCodes(context, PASSWORD)).rejects.toMatchObject({
      code: 'insufficient_user_authentication',
    })
    await expect(
      factors.renewBackupCodes(freshlyProven(context), new Secret('wrong')),
    ).rejects.toMatchObject({ code: 'current_password_wrong' })
  })

  it('are not made for somebody without a factor', async () => {
    const { user, factors } = await openWorld()

    await expect(factors.renewBackupCodes(await user(), PASSWORD)).rejects.toMatchObject({
      code: 'factor_missing',
    })
  })

  it('of one user are worth nothing for another one, nor in another tenant', async () => {
    const { withApp, redeem, tenant } = await openWorld()
    const { backupCodes } = await withApp()
    const others = [await withApp(), await withApp(await tenant())]

    for (const { context } of others) {
      expect(await redeem(context, 'backup_code', backupCodes[0]?.reveal() ?? '')).toBeUndefined()
    }
  })

  it('are stored as MACs whose key is sealed', async () => {
    const { withApp, database, acme } = await openWorld()
    const { backupCodes } = await withApp()
    const [rows] = await database.tenantBatch(acme.id, [
      sql<{ text: string }>`SELECT c::text || s::text AS text FROM backup_codes c
                             JOIN backup_code_sets s USING (tenant_id, user_id)
                            WHERE c.tenant_id = current_tenant_id()`,
    ])

    expect(rows).toHaveLength(10)
    for (const { text } of rows) {
      for (const code of backupCodes) expect(text).not.toContain(code.reveal().slice(0, 4))
    }
  })
})

describeStore('the removal of a factor', (open) => {
  const openWorld = factorWorlds(open)

  it('ends every other session, takes the backup codes along and tells the owner', async () => {
    const { withApp, factors, ports, redeem, actions } = await openWorld()
    const { context, id, app, backupCodes } = await withApp()

    await factors.remove(context, id, withCode(app.code()))

    expect(await factors.list(context)).toEqual({ factors: [], backupCodesLeft: 0 })
    expect(ports.credentialChanges).toEqual([
      { reason: 'factor_removed', keep: context.principal.sessionId },
    ])
    expect(ports.messages.at(-1)).toBe('factor_removed')
    expect(ports.guesses).toBe(0)
    expect(await actions()).toContain('factor.removed success')
    expect(await redeem(context, 'backup_code', backupCodes[0]?.reveal() ?? '')).toBeUndefined()
  })

  it('works with a backup code, for those who lost the phone', async () => {
    const { withApp, factors } = await openWorld()
    const { context, id, backupCodes } = await withApp()

    await factors.remove(context, id, withCode(backupCodes[3]?.reveal() ?? '', 'backup_code'))

    expect((await factors.list(context)).factors).toEqual([])
  })

  it('works without a code for a session that has proven a factor just now', async () => {
    const { withApp, factors } = await openWorld()
    const { context, id } = await withApp()
    const proof = { currentPassword: PASSWORD, response: undefined }

    await expect(factors.remove(context, id, proof)).rejects.toMatchObject({
      code: 'insufficient_user_authentication',
      options: {
        wwwAuthenticate:
          'Bearer error="insufficient_user_authentication", acr_values="urn:countersign:acr:mfa", max_age="300"',
      },
    })
    await factors.remove(freshlyProven(context), id, proof)

    expect((await factors.list(context)).factors).toEqual([])
  })

  it('is refused with a wrong code or password, counted, recorded, and changes nothing', async () => {
    const { withApp, factors, ports, actions } = await openWorld()
    const { context, id, app } = await withApp()

    await expect(factors.remove(context, id, withCode(app.wrongCode()))).rejects.toMatchObject({
      code: 'factor_code_wrong',
    })
    await expect(
      factors.remove(context, id, { ...withCode(app.code()), currentPassword: new Secret('x') }),
    ).rejects.toMatchObject({ code: 'current_password_wrong' })

    expect(ports.guesses).toBe(1)
    expect(ports.credentialChanges).toEqual([])
    expect((await factors.list(context)).factors).toHaveLength(1)
    expect(await actions()).toContain('factor.removal_refused refused')
  })

  it('of somebody else, or in another tenant, finds nothing', async () => {
    const { withApp, factors, tenant } = await openWorld()
    const [mine, theirs, foreign] = [
      await withApp(),
      await withApp(),
      await withApp(await tenant()),
    ]

    for (const { id } of [theirs, foreign]) {
      const proof = withCode(mine.app.code())
      await expect(factors.remove(mine.context, id, proof)).rejects.toMatchObject({
        code: 'factor_not_found',
      })
    }
    expect((await factors.list(theirs.context)).factors).toHaveLength(1)
    expect((await factors.list(foreign.context)).factors).toHaveLength(1)
  })

  it('is refused for the last one where the tenant demands one; the code stays unused', async () => {
    const { withApp, factors, redeem, ports } = await openWorld({ mfa_policy: 'required' })
    const { context, id, app } = await withApp()

    await expect(factors.remove(context, id, withCode(app.code()))).rejects.toMatchObject({
      code: 'factor_required',
    })

    expect(ports.credentialChanges).toEqual([])
    expect((await factors.list(context)).factors).toHaveLength(1)
    expect(await redeem(context, 'totp', app.code())).toBeDefined()
  })

  it('happens once when 50 requests try', async () => {
    const { withApp, factors, ports } = await openWorld()
    const { context, id } = await withApp()
    const proof = { currentPassword: PASSWORD, response: undefined }

    const { codes } = await race(() => factors.remove(freshlyProven(context), id, proof))

    expect(codes).toEqual(['factor_not_found'])
    expect(ports.credentialChanges).toHaveLength(1)
  })
})
