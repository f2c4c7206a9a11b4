import { expect, it } from 'vitest'
import { describeStore } from '../../../../test/support/describe-store.ts'
import { insertBareUser } from '../../../../test/support/start-bare-session.ts'
import { addDuration, minutes, newId, toUuid } from '../../../kernel/index.ts'
import { sha256 } from '../../../platform/crypto/index.ts'
import { sql, type Tx } from '../../../platform/db/index.ts'
import type { StoredKind } from '../model.ts'
import { insertFactor } from '../store.ts'
import { SMS_CODE_ATTEMPTS, SMS_CODE_LIFETIME } from './policy.ts'
import {
  consumeSmsCode,
  deleteOtherPhones,
  markPhoneUsed,
  purgeSmsCodes,
  putSmsCode,
  takeSmsAttempt,
} from './sms-code-store.ts'

describeStore('a code by SMS in the database', (open) => {
  async function setUp() {
    const world = await open()
    const acme = await world.tenant()
    const userId = await insertBareUser(world, acme)
    const { clock } = world
    const within = <T>(work: (tx: Tx) => Promise<T>) => world.database.withTenant(acme.id, work)
    const addFactor = async (kind: StoredKind, isConfirmed = true, of = userId) => {
      const id = newId('fct')
      const createdAt = clock.now()
      const confirmedAt = isConfirmed ? createdAt : undefined
      const factor = { id, kind, userId: of, secretSealed: Buffer.from('sealed'), createdAt }
      await within((tx) => insertFactor(tx, { ...factor, confirmedAt }))
      return id
    }
    const factorId = await addFactor('sms')
    const boundTo = sha256('step')
    const put = (code: string) =>
      within((tx) =>
        putSmsCode(tx, {
          boundTo,
          userId,
          factorId,
          codeHash: sha256(code),
          keySealed: Buffer.from('sealed'),
          attempts: SMS_CODE_ATTEMPTS,
          createdAt: clock.now(),
          expiresAt: addDuration(clock.now(), SMS_CODE_LIFETIME),
        }),
      )
    const key = () => ({ boundTo, userId, now: clock.now() })
    const take = () => within((tx) => takeSmsAttempt(tx, key()))
    const consume = () => within((tx) => consumeSmsCode(tx, key()))
    const purge = () => within((tx) => tx.run(purgeSmsCodes(clock.now())))
    return { ...world, acme, userId, within, addFactor, factorId, put, take, consume, purge }
  }

  it('is consumed once, and takes no attempt afterwards', async () => {
    const { put, take, consume } = await setUp()
    await put('code')

    expect([await consume(), await consume()]).toEqual([true, false])
    expect(await take()).toBeUndefined()
  })

  it('is not exchanged once it was consumed', async () => {
    const { put, consume, within } = await setUp()
    await put('code')
    await consume()

    await put('another')

    const rows = await within((tx) =>
      tx.run(sql<{ code_hash: Buffer }>`SELECT code_hash FROM sms_codes
                                         WHERE tenant_id = current_tenant_id()`),
    )
    expect(rows.map((row) => Buffer.from(row.code_hash))).toEqual([sha256('code')])
  })

  it('that is sent again lives as long as any other', async () => {
    const { put, take, clock } = await setUp()
    await put('code')
    clock.advance(minutes(4))
    await put('another')

    clock.advance(minutes(4))

    expect(Buffer.from((await take())?.codeHash ?? '')).toEqual(sha256('another'))
  })

  it('is kept while its step may go on, so that another one has no more attempts', async () => {
    const { put, take, purge, clock } = await setUp()
    await put('code')
    await purge()
    for (let guess = 0; guess < SMS_CODE_ATTEMPTS; guess++) expect(await take()).toBeDefined()
    clock.advance(minutes(6))

    await purge()
    await put('another')

    expect(await take()).toBeUndefined()
  })

  it('is no proof of a number of somebody else, of another kind, or not confirmed', async () => {
    const { within, addFactor, factorId, userId, acme, clock, ...world } = await setUp()
    const other = await insertBareUser({ ...world, clock }, acme)
    const mark = (id: typeof factorId, of = userId) =>
      within((tx) => markPhoneUsed(tx, of, id, clock.now()))

    expect(await mark(factorId, other)).toBe(false)
    expect(await mark(await addFactor('totp'))).toBe(false)
    expect(await mark(await addFactor('sms', false))).toBe(false)
    expect(await mark(factorId)).toBe(true)
  })

  it('leaves a number alone that waits for its code, and those of others', async () => {
    const { within, addFactor, factorId, userId, acme, ...world } = await setUp()
    const other = await insertBareUser(world, acme)
    const left = [
      factorId,
      await addFactor('sms', false),
      await addFactor('totp'),
      await addFactor('sms', true, other),
    ]
    await addFactor('sms')

    expect(await within((tx) => deleteOtherPhones(tx, userId, factorId))).toBe(1)

    const rows = await within((tx) =>
      tx.run(sql<{ id: string }>`SELECT id FROM authentication_factors
                                  WHERE tenant_id = current_tenant_id()`),
    )
    expect(rows.map(({ id }) => id).toSorted()).toEqual(left.map(toUuid).toSorted())
  })
})
