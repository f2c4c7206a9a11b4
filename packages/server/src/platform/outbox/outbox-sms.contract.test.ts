import { afterEach, expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import type { Tenant } from '../../domains/tenants/index.ts'
import { addDuration, minutes, seconds, Secret } from '../../kernel/index.ts'
import { createSealer } from '../crypto/index.ts'
import { sql } from '../db/index.ts'
import { createJobs, type Jobs } from '../jobs/index.ts'
import { createMailbox } from '../mail/index.ts'
import { createMailboxSmsTransport, type PhoneNumber, type SmsTransport } from '../sms/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createOutbox } from './create-outbox.ts'

const SEALER = createSealer({ masterKey: new Secret(Buffer.alloc(32, 7)) })
const TO = '+4915112345678' as PhoneNumber
const TEXT = '123456 is your code'

describeStore('an SMS in the outbox', (open) => {
  const created: Jobs[] = []
  afterEach(async () => {
    await Promise.all(created.splice(0).map((jobs) => jobs.stop(seconds(1))))
  })

  const create = (world: StoreWorld, sms?: SmsTransport) => {
    const logger = createLogger({ level: 'silent' })
    const jobs = createJobs({ ...world, logger })
    created.push(jobs)
    const mailbox = createMailbox()
    const common = { ...world, sealer: SEALER, jobs, transport: mailbox, logger }
    const outbox = createOutbox({ ...common, sms })
    const post = (tenant: Tenant, to = TO) =>
      world.database.withTenant(tenant.id, (tx) =>
        outbox.enqueueSms(
          tx,
          world.context(tenant),
          { to, text: TEXT },
          addDuration(world.clock.now(), minutes(5)),
        ),
      )
    return { outbox, post, mailbox }
  }

  it('is delivered after the commit, sealed until then and erased afterwards', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const received = createMailbox()
    const { post, mailbox } = create(world, createMailboxSmsTransport(received))

    await post(tenant)
    expect((await readRow(world, tenant)).payload_sealed.includes(TO)).toBe(false)
    await expect.poll(() => received.list({ to: TO })).toMatchObject([{ text: TEXT }])
    await expect.poll(async () => (await readRow(world, tenant)).payload_sealed.length).toBe(0)
    expect(mailbox.list()).toEqual([])
  })

  it('is not sent when its code has expired', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const received = createMailbox()
    const { post } = create(world, createMailboxSmsTransport(received))

    await post(tenant)
    world.clock.advance(minutes(5))
    await expect
      .poll(async () => (await readRow(world, tenant)).abandoned_at)
      .toEqual(world.clock.now())
    expect(received.list()).toEqual([])
  })

  it('is given up where nobody delivers SMS', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { post } = create(world)

    await post(tenant)
    await expect
      .poll(async () => (await readRow(world, tenant)).abandoned_at)
      .toEqual(world.clock.now())
  })

  it('is never delivered as mail', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { post, mailbox } = create(world, { send: async () => Promise.reject(new Error('no')) })
    await post(tenant)
    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE outbox SET kind = 'mail' WHERE tenant_id = current_tenant_id()`,
    ])
    await expect.poll(async () => (await readRow(world, tenant)).attempts).toBeGreaterThanOrEqual(1)
    expect(mailbox.list()).toEqual([])
  })

  it('that is malformed is refused before it is written', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { post } = create(world)

    await expect(post(tenant, '+49 151' as PhoneNumber)).rejects.toThrow(TypeError)
  })
})

async function readRow({ database }: StoreWorld, tenant: Tenant) {
  const [[row]] = await database.tenantBatch(tenant.id, [
    sql<{ payload_sealed: Buffer; abandoned_at: Date | null; attempts: number }>`
      SELECT payload_sealed, abandoned_at, attempts FROM outbox
       WHERE tenant_id = current_tenant_id()`,
  ])
  if (row === undefined) throw new Error('no row in the outbox')
  return row
}
