import { afterEach, expect, it } from 'vitest'
import { countRows, describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import type { Tenant } from '../../domains/tenants/index.ts'
import { days, minutes, milliseconds, Secret, seconds, toUuid } from '../../kernel/index.ts'
import { createSealer, randomToken } from '../crypto/index.ts'
import { sql } from '../db/index.ts'
import { createJobs, type Jobs } from '../jobs/index.ts'
import {
  createMailbox,
  MailSendError,
  type MailTransport,
  type OutgoingMail,
  parseEmailAddress,
} from '../mail/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createOutbox, type OutboxOptions } from './create-outbox.ts'

describeStore('the outbox', (open) => {
  const created: Jobs[] = []
  afterEach(async () => {
    await Promise.all(created.splice(0).map((jobs) => jobs.stop(seconds(1))))
  })
  const create = (world: StoreWorld, options: Partial<OutboxOptions> = {}) => {
    const logger = createLogger({ level: 'silent' })
    const jobs = createJobs({ ...world, logger, pollInterval: milliseconds(500) })
    created.push(jobs)
    const mailbox = createMailbox()
    const outbox = createOutbox({
      ...world,
      sealer: SEALER,
      jobs,
      transport: mailbox,
      logger,
      ...options,
    })
    const post = (tenant: Tenant, mail: OutgoingMail) =>
      world.database.withTenant(tenant.id, (tx) =>
        outbox.enqueueMail(tx, world.context(tenant), mail),
      )
    return { jobs, mailbox, outbox, post }
  }

  it('delivers after the commit without waiting for a job', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { mailbox, post } = create(world)
    const mail = newMail()

    await post(tenant, mail)

    await expect
      .poll(() => mailbox.list({ to: mail.to }))
      .toMatchObject([{ subject: mail.subject, text: mail.text }])
  })

  it('delivers although the transaction was open for long', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { mailbox, outbox } = create(world)
    const mail = newMail()

    await world.database.withTenant(tenant.id, async (tx) => {
      await outbox.enqueueMail(tx, world.context(tenant), mail)
      await new Promise((resolve) => setTimeout(resolve, 300))
    })

    await expect.poll(() => mailbox.list({ to: mail.to })).toHaveLength(1)
  })

  it('sends nothing and leaves nothing when the transaction is rolled back', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { jobs, mailbox, outbox } = create(world)
    await jobs.start()

    const work = world.database.withTenant(tenant.id, async (tx) => {
      await outbox.enqueueMail(tx, world.context(tenant), newMail())
      throw new Error('no')
    })

    await expect(work).rejects.toThrow('no')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(mailbox.list()).toEqual([])
    expect(await countRows(world.database, tenant, 'outbox')).toBe(0)
    expect(await readJobs(world, tenant)).toEqual([])
  })

  it('is delivered by a job where the writing process does not deliver', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const writer = create(world, { deliverHere: false })
    const server = create(world)
    const mail = newMail()
    await writer.post(tenant, mail)

    await server.jobs.start()

    await expect.poll(() => server.mailbox.list({ to: mail.to })).toHaveLength(1)
    expect(writer.mailbox.list()).toEqual([])
  })

  it('keeps neither address nor token in clear, and ids only in the job', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { post } = create(world, { deliverHere: false })
    const mail = newMail()
    await post(tenant, mail)

    const { row, text } = await readRow(world, tenant)
    const jobs = JSON.stringify(await readJobs(world, tenant))

    expect(row.sealed.length).toBeGreaterThan(0)
    for (const secret of [mail.to, mail.text, mail.subject]) {
      expect(text).not.toContain(secret)
      expect(row.sealed.includes(secret)).toBe(false)
      expect(jobs).not.toContain(secret)
    }
    expect(jobs).toContain(tenant.id)
  })

  it('erases the content when it is delivered', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { mailbox, post } = create(world)
    const mail = newMail()

    await post(tenant, mail)

    await expect.poll(() => mailbox.list({ to: mail.to })).toHaveLength(1)
    await expect.poll(async () => (await readRow(world, tenant)).row.sealed).toHaveLength(0)
    expect((await readRow(world, tenant)).row.delivered_at).toEqual(world.clock.now())
  })

  it('shows a mail to no other tenant', async () => {
    const world = await open()
    const [tenant, other] = [await world.tenant(), await world.tenant()]
    const { post } = create(world, { deliverHere: false })

    await post(tenant, newMail())

    expect(await countRows(world.database, other, 'outbox')).toBe(0)
    const everything = sql`SELECT id FROM outbox`
    expect(await world.database.tenantBatch(other.id, [everything])).toEqual([[]])
    expect(await world.database.withoutTenant((tx) => tx.run(everything))).toEqual([])
  })

  it('does not send a sealed mail that was moved to another row', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { jobs, mailbox, post } = create(world, { deliverHere: false })
    const mails = [newMail(), newMail()]
    for (const mail of mails) await post(tenant, mail)
    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE outbox
             SET payload_sealed = (SELECT payload_sealed FROM outbox other
                                    WHERE other.tenant_id = outbox.tenant_id
                                      AND other.id <> outbox.id)
           WHERE tenant_id = current_tenant_id()`,
    ])

    await jobs.start()

    await expect
      .poll(() => readJobs(world, tenant))
      .toMatchObject(mails.map(() => ({ state: 'retry' })))
    for (const { to } of mails) expect(mailbox.list({ to })).toEqual([])
  })

  it('tries again after a transport that failed', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const mailbox = createMailbox()
    const transport = failing(2, mailbox, new MailSendError(false, new Error('451 later')))
    const { jobs, post } = create(world, { transport })
    const mail = newMail()
    await jobs.start()

    await post(tenant, mail)

    await expect
      .poll(async () => {
        await makeJobsDue(world)
        return mailbox.list({ to: mail.to }).length
      })
      .toBe(1)
    expect((await readRow(world, tenant)).row.attempts).toBe(3)
  })

  it('gives up at once what the mail server refused for good', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const refusal = new MailSendError(true, new Error('550 no such user'))
    const { post } = create(world, { transport: failing(1, createMailbox(), refusal) })

    await post(tenant, newMail())

    await expect
      .poll(async () => (await readRow(world, tenant)).row)
      .toMatchObject({ abandoned_at: world.clock.now(), sealed: Buffer.alloc(0) })
  })

  it('does not deliver what another node has claimed, until the claim runs out', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { jobs, mailbox, post } = create(world, { deliverHere: false })
    const mail = newMail()
    await post(tenant, mail)
    const until = new Date(world.clock.now().getTime() + 60_000)
    await world.database.tenantBatch(tenant.id, [
      sql`UPDATE outbox SET claimed_until = ${until} WHERE tenant_id = current_tenant_id()`,
    ])

    await jobs.start()
    await expect.poll(() => readJobs(world, tenant)).toMatchObject([{ state: 'retry' }])
    expect(mailbox.list({ to: mail.to })).toEqual([])
    world.clock.advance(minutes(1))

    await expect
      .poll(async () => {
        await makeJobsDue(world)
        return mailbox.list({ to: mail.to }).length
      })
      .toBe(1)
  })

  it('lets the mail of a suspended tenant wait, and uses up no attempt', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { jobs, mailbox, post } = create(world, { deliverHere: false })
    const mail = newMail()
    await post(tenant, mail)
    await setStatus(world, tenant, 'suspended')

    await jobs.start()
    await expect.poll(() => readJobs(world, tenant)).toHaveLength(2)
    expect(mailbox.list({ to: mail.to })).toEqual([])
    await setStatus(world, tenant, 'active')

    await expect
      .poll(async () => {
        await makeJobsDue(world)
        return mailbox.list({ to: mail.to }).length
      })
      .toBe(1)
    expect((await readRow(world, tenant)).row.attempts).toBe(1)
  })

  it('erases after three days what could not be delivered', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { outbox, post } = create(world, { deliverHere: false })
    await post(tenant, newMail())

    world.clock.advance(days(3))
    await outbox.purge(world.context(tenant))
    expect((await readRow(world, tenant)).row).toMatchObject({ abandoned_at: null })
    world.clock.advance(milliseconds(1))
    await outbox.purge(world.context(tenant))

    const { row } = await readRow(world, tenant)
    expect(row).toMatchObject({ abandoned_at: world.clock.now(), sealed: Buffer.alloc(0) })
  })

  it('forgets a settled mail after thirty days', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { mailbox, outbox, post } = create(world)
    const mail = newMail()
    await post(tenant, mail)
    await expect.poll(() => mailbox.list({ to: mail.to })).toHaveLength(1)

    world.clock.advance(days(31))
    await outbox.purge(world.context(tenant))

    expect(await countRows(world.database, tenant, 'outbox')).toBe(0)
  })

  it('refuses a malformed mail before it is written', async () => {
    const world = await open()
    const tenant = await world.tenant()
    const { post } = create(world)

    const work = post(tenant, { ...newMail(), subject: 'a\r\nBcc: eve@example.test' })

    await expect(work).rejects.toThrow(TypeError)
    expect(await countRows(world.database, tenant, 'outbox')).toBe(0)
  })
})

function newMail(): OutgoingMail {
  const to = parseEmailAddress(`${randomToken(16).toLowerCase()}@example.test`)
  if (to === undefined) throw new Error('not an address')
  return { to, subject: 'Confirm your address', text: `https://id.example.test/#${randomToken()}` }
}

/** Fails `times` times, then sends through `next`. */
function failing(times: number, next: MailTransport, error: Error): MailTransport {
  let left = times
  return {
    send: async (mail) => {
      left -= 1
      if (left >= 0) throw error
      await next.send(mail)
    },
  }
}

async function readRow({ database }: StoreWorld, tenant: Tenant) {
  const [rows, texts] = await database.tenantBatch(tenant.id, [
    sql<Row>`SELECT payload_sealed AS sealed, attempts, delivered_at, abandoned_at FROM outbox
              WHERE tenant_id = current_tenant_id()`,
    sql<{ text: string }>`SELECT outbox::text AS text FROM outbox
                           WHERE tenant_id = current_tenant_id()`,
  ])
  const row = rows[0]
  if (row === undefined) throw new Error('no row in the outbox')
  return { row, text: texts[0]?.text ?? '' }
}

async function readJobs({ database }: StoreWorld, tenant: Tenant) {
  return database.withoutTenant((tx) =>
    tx.run(sql`
      SELECT state::text AS state, data FROM pgboss.job WHERE data->>'tenant_id' = ${tenant.id}`),
  )
}

/** Instead of waiting for the pause between two attempts. */
async function makeJobsDue({ database }: StoreWorld): Promise<void> {
  await database.withoutTenant((tx) =>
    tx.run(sql`UPDATE pgboss.job SET start_after = now() WHERE state < 'active'`),
  )
}

async function setStatus({ database }: StoreWorld, tenant: Tenant, status: string) {
  await database.withOperator(undefined, (tx) =>
    tx.run(sql`UPDATE tenants SET status = ${status} WHERE id = ${toUuid(tenant.id)}`),
  )
}

interface Row {
  readonly sealed: Buffer
  readonly attempts: number
  readonly delivered_at: Date | null
  readonly abandoned_at: Date | null
}

const SEALER = createSealer({ masterKey: new Secret(Buffer.alloc(32, 7)) })
