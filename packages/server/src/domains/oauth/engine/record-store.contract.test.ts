import { expect, it } from 'vitest'
import { describeStore } from '../../../../test/support/describe-store.ts'
import { minutes, seconds } from '../../../kernel/index.ts'
import { hashRecordId } from './record-payload.ts'
import {
  consumeRecord,
  deleteRecord,
  findRecord,
  purgeRecords,
  rememberOnce,
  upsertRecord,
} from './record-store.ts'

describeStore('the records of the engine', (open) => {
  async function begin() {
    const world = await open()
    const { clock, database } = world
    const acme = await world.tenant()
    const kind = 'AuthorizationCode'
    const idHash = hashRecordId(kind, 'value')
    const write = () =>
      upsertRecord({
        kind,
        idHash,
        grantId: undefined,
        clientId: undefined,
        userId: undefined,
        userCodeHash: undefined,
        payloadSealed: Buffer.from('sealed'),
        createdAt: clock.now(),
        expiresAt: new Date(clock.now().getTime() + 60_000),
      })
    await database.tenantBatch(acme.id, [write()])
    const consume = async (other = {}, tenant = acme) => {
      const key = { kind, idHash, ...other }
      const use = { now: clock.now(), successor: undefined }
      const statement = consumeRecord(key.kind, key.idHash, use)
      const [rows] = await database.tenantBatch(tenant.id, [statement])
      return rows.length
    }
    const find = async () => {
      const statement = findRecord(kind, idHash, clock.now())
      const [rows] = await database.tenantBatch(acme.id, [statement])
      return rows[0]
    }
    return { ...world, acme, kind, idHash, write, consume, find }
  }

  it('are used up by one of 50 that come at once (I2)', async () => {
    const { consume } = await begin()

    const uses = await Promise.all(Array.from({ length: 50 }, () => consume()))

    expect(uses.filter((used) => used === 1)).toHaveLength(1)
  })

  it('are used by what they were made for only, and in their tenant (I6)', async () => {
    const { consume, tenant } = await begin()

    expect(await consume({ kind: 'RefreshToken' })).toBe(0)
    expect(await consume({ idHash: hashRecordId('AuthorizationCode', 'other') })).toBe(0)
    expect(await consume({}, await tenant())).toBe(0)
    expect(await consume()).toBe(1)
  })

  it('are neither found nor used after their time', async () => {
    const { consume, find, clock } = await begin()
    clock.advance(seconds(61))

    expect(await find()).toBeUndefined()
    expect(await consume()).toBe(0)
  })

  it('stay used when they are written again', async () => {
    const { consume, write, database, acme, find } = await begin()
    await consume()

    await database.tenantBatch(acme.id, [write()])

    expect((await find())?.consumed_at).toBeInstanceOf(Date)
    expect(await consume()).toBe(0)
  })

  it('are gone when deleted, and deleted when expired', async () => {
    const { kind, idHash, database, acme, find, clock, write } = await begin()
    await database.tenantBatch(acme.id, [deleteRecord(kind, idHash)])
    expect(await find()).toBeUndefined()

    await database.tenantBatch(acme.id, [write()])
    await database.tenantBatch(acme.id, purgeRecords(clock.now()))
    expect(await find()).toBeDefined()
    clock.advance(minutes(2))
    await database.tenantBatch(acme.id, purgeRecords(clock.now()))
    expect(await find()).toBeUndefined()
  })

  it('remember a foreign value once, of 50 that come at once (I2)', async () => {
    const { database, acme, clock, tenant } = await begin()
    const value = Buffer.alloc(32, 7)
    const until = new Date(clock.now().getTime() + 60_000)
    const remember = async (at = acme) => {
      const [rows] = await database.tenantBatch(at.id, [rememberOnce(value, until)])
      return rows.length
    }

    const answers = await Promise.all(Array.from({ length: 50 }, () => remember()))

    expect(answers.filter((fresh) => fresh === 1)).toHaveLength(1)
    expect(await remember(await tenant())).toBe(1)
  })
})
