import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWorld } from '../../../test/support/describe-store.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import {
  createPostgresDatabase,
  type TestPostgres,
} from '../../../test/support/postgres-database.ts'
import { postgresLane } from '../../../test/support/postgres-lane.ts'
import { milliseconds, Secret, seconds } from '../../kernel/index.ts'
import { createSealer } from '../crypto/index.ts'
import { openServerDatabase } from '../db/index.ts'
import { createJobs } from '../jobs/index.ts'
import { createMailbox, type Mailbox, parseEmailAddress } from '../mail/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createOutbox } from './create-outbox.ts'

describe.skipIf(postgresLane() === undefined)('two nodes on one PostgreSQL', () => {
  let postgres: TestPostgres
  beforeAll(async () => {
    postgres = await createPostgresDatabase(postgresLane() ?? '')
  })
  afterAll(() => postgres.drop())

  it.each([
    ['only the jobs deliver', false],
    ['the writing node delivers at once', true],
  ])('deliver 50 mails once each, when %s', async (_, deliverHere) => {
    const mailbox = createMailbox()
    const nodes = [await startNode(mailbox, deliverHere), await startNode(mailbox, deliverHere)]
    const tenant = await nodes[0]?.world.tenant()
    if (tenant === undefined) throw new Error('no tenant')

    await Promise.all(
      addresses().map((to, index) => {
        const { world, outbox } = nodes[index % 2] as Node
        return world.database.withTenant(tenant.id, (tx) =>
          outbox.enqueueMail(tx, world.context(tenant), { to, subject: 'Hello', text: 'Hello' }),
        )
      }),
    )

    // Until every job has looked, too.
    await expect.poll(() => countOpenJobs(nodes[0] as Node), { timeout: 20_000 }).toBe(0)
    expect(
      mailbox
        .list()
        .map(({ to }) => to)
        .sort(),
    ).toEqual(addresses().sort())
    await Promise.all(nodes.map(({ stop }) => stop()))
  })

  type Node = Awaited<ReturnType<typeof startNode>>

  async function startNode(mailbox: Mailbox, deliverHere: boolean) {
    const database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 5 })
    const world = createWorld(database, new FakeClock())
    const logger = createLogger({ level: 'silent' })
    const jobs = createJobs({ ...world, logger, pollInterval: milliseconds(500) })
    const sealer = createSealer({ masterKey: new Secret(Buffer.alloc(32, 7)) })
    const outbox = createOutbox({
      ...world,
      sealer,
      jobs,
      transport: mailbox,
      logger,
      deliverHere,
    })
    await jobs.start()
    const stop = async () => {
      await jobs.stop(seconds(1))
      await database.close()
    }
    return { world, outbox, stop }
  }

  async function countOpenJobs({ world }: Node): Promise<number> {
    const { rows } = await world.database.jobExecutor.executeSql(
      `SELECT count(*)::int AS n FROM pgboss.job WHERE name = 'outbox' AND state <> 'completed'`,
    )
    return Number(rows[0]?.['n'])
  }
})

function addresses() {
  return Array.from({ length: 50 }, (_, index) => {
    const address = parseEmailAddress(`person${index}@example.test`)
    if (address === undefined) throw new Error('not an address')
    return address
  })
}
