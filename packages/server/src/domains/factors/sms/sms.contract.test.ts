import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../../test/support/describe-store.ts'
import { hours, minutes, newId, Secret, seconds, type UserContext } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { sql } from '../../../platform/db/index.ts'
import { parsePhoneNumber } from '../../../platform/sms/index.ts'
import type { Tenant } from '../../tenants/index.ts'
import { factorWorlds, freshlyProven, PASSWORD_ONLY, race } from '../factor-world.contract.ts'
import { createFactors } from '../index.ts'

describeStore('a phone number for codes by SMS', (open) => {
  const openFactors = factorWorlds(open)
  const setUp = async (settings: Record<string, unknown> = {}) => {
    const world = await openFactors({ sms_allowed_countries: ['+49', '+1416'], ...settings })
    const { factors, ports, database, acme } = world
    const lastCode = () => ports.sms.at(-1)?.code ?? new Secret('')
    const withPhone = async (tenant: Tenant = acme) => {
      const context = await world.user(tenant)
      const { id } = await factors.enrollSms(context, newNumber(), PASSWORD_ONLY)
      const { backupCodes } = await factors.confirmSms(context, { id, code: lastCode() })
      world.clock.advance(seconds(31))
      return { context, id, backupCodes }
    }
    const send = (context: UserContext, step: string) =>
      database.withTenant(context.tenant.id, async (tx) => {
        const { userId } = context.principal
        await factors.within.lockOwner(tx, userId)
        return factors.within.sendSmsCode(tx, context, { userId, boundTo: sha256(step) })
      })
    const redeem = (context: UserContext, step: string, code: Secret<string> | string) =>
      database.withTenant(context.tenant.id, async (tx) => {
        const { userId } = context.principal
        await factors.within.lockOwner(tx, userId)
        const given = typeof code === 'string' ? new Secret(code) : code
        const response = { method: 'sms', code: given, boundTo: sha256(step) } as const
        return factors.within.redeem(tx, context, { userId, response })
      })
    return { ...world, lastCode, withPhone, send, redeem }
  }

  it('counts from its confirmation on, comes with backup codes, and is shown in part', async () => {
    const { factors, user, ports, lastCode, actions } = await setUp()
    const context = await user()
    const number = newNumber()

    const { id, sentTo, expiresIn } = await factors.enrollSms(context, number, PASSWORD_ONLY)
    const before = (await factors.list(context)).factors
    const { backupCodes } = await factors.confirmSms(context, { id, code: lastCode() })

    expect(ports.sms[0]?.to).toBe(number)
    expect(lastCode().reveal()).toMatch(/^[0-9]{6}$/)
    expect(expiresIn).toBe(300)
    expect(sentTo).toBe(`+49•••••••••${number.slice(-2)}`)
    expect(before).toEqual([])
    expect(backupCodes).toHaveLength(10)
    expect((await factors.list(context)).factors).toMatchObject([
      { id, kind: 'sms', maskedNumber: sentTo },
    ])
    expect(ports.messages).toEqual(['factor_added'])
    expect(await actions()).toEqual([
      'sms.code_sent success',
      'factor.enrolled success',
      'factor.confirmed success',
      'backup_codes.made success',
    ])
  })

  it('is not confirmed by a wrong code, nor by the right one after five wrong ones', async () => {
    const { factors, user, lastCode, ports } = await setUp()
    const context = await user()
    const { id } = await factors.enrollSms(context, newNumber(), PASSWORD_ONLY)
    const confirm = (code: Secret<string>) => factors.confirmSms(context, { id, code })

    for (let guess = 0; guess < 5; guess++) {
      await expect(confirm(wrong(lastCode()))).rejects.toMatchObject({ code: 'factor_code_wrong' })
    }
    await expect(confirm(lastCode())).rejects.toMatchObject({ code: 'factor_code_wrong' })
    expect(ports.guesses).toBe(6)
    expect((await factors.list(context)).factors).toEqual([])
  })

  it('of somebody else, of another tenant or of nobody can not be confirmed', async () => {
    const { factors, user, tenant, lastCode } = await setUp()
    const context = await user()
    const { id } = await factors.enrollSms(context, newNumber(), PASSWORD_ONLY)
    const code = lastCode()

    const others = [await user(), await user(await tenant({ sms_allowed_countries: ['+49'] }))]
    for (const other of others) {
      await expect(factors.confirmSms(other, { id, code })).rejects.toMatchObject({
        code: 'factor_not_found',
      })
    }
    await expect(factors.confirmSms(context, { id: newId('fct'), code })).rejects.toMatchObject({
      code: 'factor_not_found',
    })
  })

  it('takes the place of an earlier number, and ends the other sessions', async () => {
    const { factors, withPhone, send, redeem, lastCode, ports } = await setUp()
    const { context } = await withPhone()
    await send(context, 'step')
    const stepUp = await redeem(context, 'step', lastCode())
    const fresh = freshlyProven(context)
    const keep = context.principal.sessionId
    const next = newNumber()

    const { id } = await factors.enrollSms(fresh, next, PASSWORD_ONLY)
    await factors.confirmSms(fresh, { id, code: lastCode() })

    expect(stepUp).toMatchObject({ method: 'sms', amr: ['sms'] })
    expect((await factors.list(context)).factors.map((factor) => factor.id)).toEqual([id])
    expect(ports.credentialChanges).toEqual([{ reason: 'factor_removed', keep }])
    expect(ports.messages).toEqual(['factor_added', 'factor_removed', 'factor_added'])
  })

  it('is not enrolled without the password, nor without a factor of whoever has one', async () => {
    const { factors, user, withPhone, ports } = await setUp()
    const wrongPassword = { currentPassword: new Secret('wrong'), response: undefined }
    const attempt = factors.enrollSms(await user(), newNumber(), wrongPassword)
    await expect(attempt).rejects.toMatchObject({ code: 'current_password_wrong' })
    expect(ports.sms).toEqual([])

    const { context } = await withPhone()
    const sent = ports.sms.length
    await expect(factors.enrollSms(context, newNumber(), PASSWORD_ONLY)).rejects.toMatchObject({
      code: 'insufficient_user_authentication',
    })
    expect(ports.sms).toHaveLength(sent)
  })

  it('that waits makes room for the next one', async () => {
    const { factors, user, lastCode } = await setUp()
    const context = await user()
    const first = await factors.enrollSms(context, newNumber(), PASSWORD_ONLY)
    const code = lastCode()

    await factors.enrollSms(context, newNumber(), PASSWORD_ONLY)

    const confirming = factors.confirmSms(context, { id: first.id, code })
    await expect(confirming).rejects.toMatchObject({ code: 'factor_not_found' })
  })

  it('gets codes once it is confirmed, not while it waits beside an earlier one', async () => {
    const { factors, withPhone, send, ports } = await setUp()
    const { context } = await withPhone()
    const own = ports.sms.at(-1)?.to

    await factors.enrollSms(freshlyProven(context), newNumber(), PASSWORD_ONLY)
    await send(context, 'step')

    expect(ports.sms.at(-1)?.to).toBe(own)
  })

  it('leaves an app alone, which is asked for nothing that is sent', async () => {
    const { factors, withApp, send, ports, lastCode, clock } = await setUp()
    const { context, id: app } = await withApp()
    expect(await send(context, 'step')).toBeUndefined()

    for (const number of [newNumber(), newNumber()]) {
      const { id } = await factors.enrollSms(freshlyProven(context), number, PASSWORD_ONLY)
      await factors.confirmSms(freshlyProven(context), { id, code: lastCode() })
      clock.advance(seconds(31))
      await send(context, number)
      expect(ports.sms.at(-1)?.to).toBe(number)
      clock.advance(seconds(31))
    }

    const kinds = (await factors.list(context)).factors.map(({ id, kind }) => [kind, id === app])
    expect(kinds).toHaveLength(2)
    expect(Object.fromEntries(kinds)).toEqual({ sms: false, totp: true })
  })

  it('proves a factor with each code once, also when 50 requests send it (I2)', async () => {
    const { withPhone, send, redeem, lastCode } = await setUp()
    const { context } = await withPhone()
    await send(context, 'step')
    const code = lastCode()

    expect((await race(() => redeem(context, 'step', code))).succeeded).toBe(1)
    expect(await redeem(context, 'step', code)).toBeUndefined()
  })

  it('takes five tries a step, which sending again does not renew', async () => {
    const { withPhone, send, redeem, lastCode, clock } = await setUp()
    const { context } = await withPhone()
    await send(context, 'step')
    for (let guess = 0; guess < 4; guess++) await redeem(context, 'step', wrong(lastCode()))
    clock.advance(seconds(31))
    await send(context, 'step')

    expect(await redeem(context, 'step', wrong(lastCode()))).toBeUndefined()
    expect(await redeem(context, 'step', lastCode())).toBeUndefined()
  })

  it('lets 50 parallel guesses at one step be judged five times', async () => {
    const { withPhone, send, redeem, lastCode } = await setUp()
    const { context } = await withPhone()
    await send(context, 'step')
    const code = lastCode()

    await race(() => redeem(context, 'step', wrong(code)))
    expect(await redeem(context, 'step', code)).toBeUndefined()
  })

  it('has codes for one step and one user only, and the last one counts', async () => {
    const { withPhone, send, redeem, lastCode, clock, tenant } = await setUp()
    const [ana, ben] = [await withPhone(), await withPhone()]
    const elsewhere = await withPhone(await tenant({ sms_allowed_countries: ['+49'] }))
    await send(ana.context, 'step')
    const first = lastCode()
    clock.advance(seconds(31))
    await send(ana.context, 'step')
    const second = lastCode()

    expect(await redeem(ana.context, 'other step', second)).toBeUndefined()
    expect(await redeem(ben.context, 'step', second)).toBeUndefined()
    await send(ben.context, 'step')
    expect(await redeem(ben.context, 'step', lastCode())).toBeUndefined()
    expect(await redeem(elsewhere.context, 'step', second)).toBeUndefined()
    if (!first.equals(second)) expect(await redeem(ana.context, 'step', first)).toBeUndefined()
    expect(await redeem(ana.context, 'step', second)).toBeDefined()
  })

  it('proves nothing before it is confirmed, also with the code that was sent there', async () => {
    const { factors, user, redeem, lastCode } = await setUp()
    const context = await user()
    const { id } = await factors.enrollSms(context, newNumber(), PASSWORD_ONLY)

    expect(await redeem(context, id, lastCode())).toBeUndefined()
  })

  it('takes the code of one step in no other that has one too', async () => {
    const { withPhone, send, redeem, lastCode, clock } = await setUp()
    const { context } = await withPhone()
    await send(context, 'one')
    const one = lastCode()
    clock.advance(seconds(31))
    await send(context, 'other')
    const other = lastCode()

    if (!one.equals(other)) {
      expect(await redeem(context, 'one', other)).toBeUndefined()
      expect(await redeem(context, 'other', one)).toBeUndefined()
    }
    expect(await redeem(context, 'one', one)).toBeDefined()
    expect(await redeem(context, 'other', other)).toBeDefined()
  })

  it('has no code any more after five minutes, after its removal, or once SMS are off', async () => {
    const { factors, withPhone, send, redeem, lastCode, clock, database } = await setUp()
    const { context, id } = await withPhone()
    await send(context, 'late')
    clock.advance(minutes(5))
    expect(await redeem(context, 'late', lastCode())).toBeUndefined()

    await send(context, 'off')
    const policy = { ...context.tenant.policy, smsCountries: [] }
    const off = { ...context, tenant: { ...context.tenant, policy } }
    expect(await redeem(off, 'off', lastCode())).toBeUndefined()
    await expect(send(off, 'off')).rejects.toMatchObject({ code: 'sms_disabled' })

    await database.tenantBatch(context.tenant.id, [
      sql`DELETE FROM authentication_factors WHERE tenant_id = current_tenant_id()`,
    ])
    expect(await redeem(context, 'off', lastCode())).toBeUndefined()
    expect(await send(context, 'off')).toBeUndefined()
    expect(id).toBeDefined()
    expect((await factors.list(context)).factors).toEqual([])
  })

  it('outlives a restart: code and tries are in the database', async () => {
    const { dependencies, withPhone, send, database, lastCode } = await setUp()
    const { context } = await withPhone()
    await send(context, 'step')
    const { userId } = context.principal
    const redeemAnew = (code: Secret<string>) =>
      database.withTenant(context.tenant.id, (tx) =>
        createFactors(dependencies).within.redeem(tx, context, {
          userId,
          response: { method: 'sms', code, boundTo: sha256('step') },
        }),
      )

    expect(await redeemAnew(wrong(lastCode()))).toBeUndefined()
    expect(await redeemAnew(lastCode())).toBeDefined()
    expect(await redeemAnew(lastCode())).toBeUndefined()
  })

  it('stores neither number nor code', async () => {
    const { factors, user, lastCode, database } = await setUp()
    const context = await user()
    const number = newNumber()
    await factors.enrollSms(context, number, PASSWORD_ONLY)

    const [codes, numbers] = await database.tenantBatch(context.tenant.id, [
      sql<{ row: string }>`SELECT sms_codes::text AS row FROM sms_codes
                            WHERE tenant_id = current_tenant_id()`,
      sql<{ row: string }>`SELECT authentication_factors::text AS row FROM authentication_factors
                            WHERE tenant_id = current_tenant_id()`,
    ])
    const code = Buffer.from(lastCode().reveal()).toString('hex')
    expect(codes[0]?.row).not.toContain(code)
    expect(codes[0]?.row).not.toContain(sha256(lastCode().reveal()).toString('hex'))
    expect(numbers[0]?.row).not.toContain(Buffer.from(number).toString('hex'))
  })

  it('is forgotten with the codes that expired and the counters that are over', async () => {
    const { factors, withPhone, send, clock, database, acme } = await setUp()
    const { context } = await withPhone()
    await send(context, 'step')
    clock.advance(hours(49))
    await factors.purge(context)

    expect(await countRows(database, acme, 'sms_codes')).toBe(0)
    expect(await countRows(database, acme, 'sms_counters')).toBe(0)
    expect((await factors.list(context)).factors).toHaveLength(1)
  })
})

let made = 0
/** Of Germany, and of nobody else in this file. */
function newNumber() {
  made += 1
  const number = parsePhoneNumber(`+49151${String(10_000_000 + made)}`)
  if (number === undefined) throw new Error('not a number')
  return number
}

function wrong(code: Secret<string>): Secret<string> {
  return new Secret(code.reveal() === '000000' ? '111111' : '000000')
}
