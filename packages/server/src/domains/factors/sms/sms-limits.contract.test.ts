import { expect, it } from 'vitest'
import { describeStore } from '../../../../test/support/describe-store.ts'
import { hours, seconds, type UserContext } from '../../../kernel/index.ts'
import { sql } from '../../../platform/db/index.ts'
import { parsePhoneNumber, type PhoneNumber } from '../../../platform/sms/index.ts'
import { factorWorlds, PASSWORD_ONLY, race } from '../factor-world.contract.ts'
import { createFactors } from '../index.ts'

describeStore('the limits of SMS', (open) => {
  const openFactors = factorWorlds(open)
  const setUp = async (settings: Record<string, unknown> = {}) => {
    const world = await openFactors({ sms_allowed_countries: ['+49', '+1416'], ...settings })
    const enroll = (context: UserContext, number: PhoneNumber) =>
      world.factors.enrollSms(context, number, PASSWORD_ONLY)
    /** Enrols again and again, with `pause` between, until it is refused. */
    const countUntilRefused = async (next: () => Promise<unknown>, pause = seconds(31)) => {
      for (let sent = 0; ; sent++) {
        const refusal = await next().then(
          () => undefined,
          (error: unknown) => error as { code: string; options: { internal?: string } },
        )
        if (refusal !== undefined) return { sent, by: refusal.options.internal ?? refusal.code }
        world.clock.advance(pause)
      }
    }
    return { ...world, enroll, countUntilRefused }
  }

  it.each([
    ['no country is named', { sms_allowed_countries: [] }, '+4915112345678', 'sms_disabled'],
    ['another country is', {}, '+3319912345678', 'sms_destination_refused'],
    ['the country is in the middle only', {}, '+33491991234', 'sms_destination_refused'],
    ['another part of the country is', {}, '+12425551234', 'sms_destination_refused'],
  ])('send nothing where %s, and record it', async (_, settings, text, code) => {
    const { enroll, user, ports, actions } = await setUp(settings)

    await expect(enroll(await user(), number(text))).rejects.toMatchObject({ code })
    expect(ports.sms).toEqual([])
    expect(await actions()).toEqual(['sms.code_refused refused'])
  })

  it('send nothing where the tenant uses no second factors, and record it', async () => {
    const { enroll, user, ports, actions } = await setUp({ mfa_policy: 'off' })

    await expect(enroll(await user(), newNumber())).rejects.toMatchObject({ code: 'mfa_disabled' })
    expect(ports.sms).toEqual([])
    expect(await actions()).toEqual(['factor.enrollment_refused refused'])
  })

  it('send nothing where the server has no provider', async () => {
    const { dependencies, user } = await setUp()
    const factors = createFactors({ ...dependencies, sms: undefined })

    await expect(factors.enrollSms(await user(), newNumber(), PASSWORD_ONLY)).rejects.toMatchObject(
      { code: 'sms_disabled' },
    )
  })

  it('leave half a minute between two messages to one number, whoever asks', async () => {
    const { enroll, user, clock } = await setUp()
    const [ana, ben] = [await user(), await user()]
    const shared = newNumber()
    await enroll(ana, shared)

    await expect(enroll(ben, shared)).rejects.toMatchObject({
      code: 'sms_limit_reached',
      options: { retryAfter: seconds(30), internal: 'recipient_pause' },
    })
    clock.advance(seconds(30))
    await enroll(ben, shared)
    await expect(enroll(ana, shared)).rejects.toMatchObject({ code: 'sms_limit_reached' })
  })

  it('are counted until their window is over, however often the rest is forgotten', async () => {
    const { enroll, user, clock, factors } = await setUp({ sms_daily_limit: 1 })
    const ana = await user()
    await enroll(ana, newNumber())

    clock.advance(seconds(hours(24).milliseconds / 1000 - 1))
    await factors.purge(ana)

    await expect(enroll(ana, newNumber())).rejects.toMatchObject({
      options: { internal: 'tenant_day' },
    })
  })

  it('are five an hour and ten a day for a number', async () => {
    const { enroll, user, clock, countUntilRefused } = await setUp()
    const shared = newNumber()
    const next = async () => enroll(await user(), shared)

    expect(await countUntilRefused(next)).toEqual({ sent: 5, by: 'recipient_hour' })
    clock.advance(hours(1))
    expect(await countUntilRefused(next)).toMatchObject({ sent: 5 })
    clock.advance(hours(1))
    expect(await countUntilRefused(next)).toEqual({ sent: 0, by: 'recipient_day' })
    clock.advance(hours(24))
    expect((await countUntilRefused(next)).sent).toBe(5)
  })

  it('are five an hour and fifteen a day for a user, whatever the numbers', async () => {
    const { enroll, user, clock, countUntilRefused } = await setUp()
    const ana = await user()
    const next = () => enroll(ana, newNumber())

    for (let hour = 0; hour < 3; hour++) {
      expect(await countUntilRefused(next)).toMatchObject({ sent: 5 })
      clock.advance(hours(1))
    }
    expect(await countUntilRefused(next)).toEqual({ sent: 0, by: 'user_day' })
  })

  it('are what the tenant allows itself a day, and no more in a race of 50', async () => {
    const { enroll, user, ports } = await setUp({ sms_daily_limit: 7 })
    const people = await Promise.all(Array.from({ length: 50 }, () => user()))

    const { succeeded, codes } = await race((index) => {
      const person = people[index]
      if (person === undefined) throw new Error('nobody')
      return enroll(person, newNumber())
    })

    expect({ succeeded, codes }).toEqual({ succeeded: 7, codes: ['sms_limit_reached'] })
    expect(ports.sms.length).toBeGreaterThanOrEqual(7)
  })

  it('are what a country is worth a day, whoever asks, and no more in a race of 50', async () => {
    const { enroll, user } = await setUp({
      sms_country_daily_limits: { '+49': 6 },
      sms_country_daily_limit: 2,
    })
    const people = await Promise.all(Array.from({ length: 50 }, () => user()))

    const { succeeded, codes } = await race((index) => {
      const person = people[index]
      if (person === undefined) throw new Error('nobody')
      return enroll(person, newNumber())
    })

    expect({ succeeded, codes }).toEqual({ succeeded: 6, codes: ['sms_limit_reached'] })
    await expect(enroll(await user(), newNumber())).rejects.toMatchObject({
      options: { retryAfter: hours(24), internal: 'country_day' },
    })
  })

  it('are those of one country, by its code unless the tenant named more of it', async () => {
    const { enroll, user, clock, actions, countUntilRefused } = await setUp({
      sms_allowed_countries: ['+49', '+43', '+1416', '+1647'],
      sms_country_daily_limit: 3,
      sms_country_daily_limits: { '+1647': 1 },
    })
    const to = (beginning: string) => async () =>
      enroll(await user(), number(`${beginning}${(made += 1) + 10_000_000}`))

    expect(await countUntilRefused(to('+49'))).toEqual({ sent: 3, by: 'country_day' })
    expect(await countUntilRefused(to('+43'))).toEqual({ sent: 3, by: 'country_day' })
    expect(await countUntilRefused(to('+1416'))).toEqual({ sent: 3, by: 'country_day' })
    expect(await countUntilRefused(to('+1647'))).toEqual({ sent: 1, by: 'country_day' })
    expect((await actions()).at(-1)).toBe('sms.code_refused refused')
    clock.advance(hours(24))
    expect(await countUntilRefused(to('+49'))).toEqual({ sent: 3, by: 'country_day' })
  })

  it('are 200 a day to a country, unless the tenant says more', async () => {
    const { acme } = await setUp()

    expect(acme.policy).toMatchObject({ smsCountryDailyLimit: 200, smsCountryDailyLimits: {} })
  })

  it('send one message when 50 requests ask for one number at once', async () => {
    const { enroll, user } = await setUp()
    const ana = await user()
    const one = newNumber()

    expect((await race(() => enroll(ana, one))).succeeded).toBe(1)
  })

  it('are not forgotten by a restart, nor when the clock steps back (I7, I11)', async () => {
    const { enroll, user, clock, dependencies, countUntilRefused } = await setUp()
    const ana = await user()
    await countUntilRefused(() => enroll(ana, newNumber()))

    const restarted = createFactors(dependencies)
    await expect(restarted.enrollSms(ana, newNumber(), PASSWORD_ONLY)).rejects.toMatchObject({
      code: 'sms_limit_reached',
    })
    clock.advance(hours(-30))
    await expect(enroll(ana, newNumber())).rejects.toMatchObject({ code: 'sms_limit_reached' })
  })

  it('are those of one tenant', async () => {
    const { enroll, user, tenant, acme, database } = await setUp()
    const globex = await tenant({ sms_allowed_countries: ['+49'] })
    const shared = newNumber()

    await enroll(await user(), shared)
    await enroll(await user(globex), shared)

    const keysOf = async ({ id }: typeof acme) => {
      const [rows] = await database.tenantBatch(id, [
        sql<{ key: string }>`SELECT encode(key_hash, 'hex') AS key FROM sms_counters
                              WHERE tenant_id = current_tenant_id()`,
      ])
      return rows.map(({ key }) => key)
    }
    const [here, there] = [await keysOf(acme), await keysOf(globex)]
    expect(here.filter((key) => there.includes(key))).toEqual([])
    expect(here).toHaveLength(7)
  })
})

let made = 0
function newNumber(): PhoneNumber {
  made += 1
  return number(`+49152${String(10_000_000 + made)}`)
}

function number(text: string): PhoneNumber {
  const parsed = parsePhoneNumber(text)
  if (parsed === undefined) throw new Error('not a number')
  return parsed
}
