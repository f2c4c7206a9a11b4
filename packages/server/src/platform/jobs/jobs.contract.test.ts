import { afterEach, expect, it } from 'vitest'
import { describeStore, type StoreWorld } from '../../../test/support/describe-store.ts'
import { milliseconds, minutes, seconds } from '../../kernel/index.ts'
import { sql } from '../db/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createJobs, type Jobs, type JobsOptions } from './create-jobs.ts'
import type { Queue } from './queue.ts'
import type { JobRun } from './run-job.ts'

describeStore('jobs', (open) => {
  const started: Jobs[] = []
  afterEach(async () => {
    await Promise.all(started.splice(0).map((jobs) => jobs.stop(seconds(1))))
  })
  const create = (world: StoreWorld, options: Partial<JobsOptions> = {}) => {
    const jobs = createJobs({
      ...world,
      logger: createLogger({ level: 'silent' }),
      pollInterval: milliseconds(500),
      ...options,
    })
    started.push(jobs)
    return jobs
  }

  it('runs a job that was enqueued in a transaction, with its ids', async () => {
    const world = await open()
    const jobs = create(world)
    const ran: unknown[] = []
    jobs.work(queue('plain'), async ({ data, attempt }) => void ran.push([data, attempt]))
    await jobs.start()

    await world.database.withoutTenant((tx) => jobs.enqueue(tx, queue('plain'), { id: 'one' }))

    await expect.poll(() => ran).toEqual([[{ id: 'one' }, 1]])
  })

  it('forgets a job whose transaction is rolled back', async () => {
    const world = await open()
    const jobs = create(world)

    const work = world.database.withoutTenant(async (tx) => {
      await jobs.enqueue(tx, queue('rolled-back'), { id: 'one' })
      throw new Error('no')
    })

    await expect(work).rejects.toThrow('no')
    expect(await readJobs(world, 'rolled-back')).toEqual([])
  })

  it('refuses to put more than ids into a job', async () => {
    const world = await open()
    const jobs = create(world)

    const work = world.database.withoutTenant((tx) =>
      jobs.enqueue(tx, queue('ids'), { to: 'ann@example.test' }),
    )

    await expect(work).rejects.toThrow('ids only')
  })

  it('repeats a failed job and stores nothing of the error', async () => {
    const world = await open()
    const jobs = create(world)
    const attempts: (readonly [number, boolean])[] = []
    jobs.work(queue('flaky', { retryLimit: 1 }), async ({ attempt, isLastAttempt }) => {
      attempts.push([attempt, isLastAttempt])
      throw new Error('550 ann@example.test unknown')
    })
    await jobs.start()

    await world.database.withoutTenant((tx) =>
      jobs.enqueue(tx, queue('flaky', { retryLimit: 1 }), { id: 'one' }),
    )

    await expect.poll(() => readJobs(world, 'flaky')).toMatchObject([{ state: 'failed' }])
    expect(attempts).toEqual([
      [1, false],
      [2, true],
    ])
    expect(JSON.stringify(await readJobs(world, 'flaky'))).not.toContain('example.test')
  })

  it('runs few jobs of a group at a time, and those of others beside them', async () => {
    const world = await open()
    const jobs = create(world)
    const seen: [string, number][] = []
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const handler = async ({ data, attempt }: JobRun) => {
      seen.push([data['of'] ?? '', attempt])
      if (data['of'] === 'slow') await released
    }
    jobs.work(queue('shared'), handler, { concurrency: 6, perGroup: 2 })
    const enqueue = (of: string) =>
      world.database.withoutTenant((tx) => jobs.enqueue(tx, queue('shared'), { of }, { group: of }))
    for (let i = 0; i < 8; i++) await enqueue('slow')
    await jobs.start()
    const countOf = (of: string) => seen.filter(([one]) => one === of).length
    await expect.poll(() => countOf('slow')).toBe(2)

    for (let i = 0; i < 8; i++) await enqueue('quick')

    await expect.poll(() => countOf('quick')).toBe(8)
    expect(countOf('slow')).toBe(2)
    release()
    await expect.poll(() => countOf('slow')).toBe(8)
    expect(seen.every(([, attempt]) => attempt === 1)).toBe(true)
  })

  it('takes over the job of a process that is gone', async () => {
    const world = await open()
    const jobs = create(world, { recoveryInterval: seconds(1) })
    const ran: string[] = []
    await world.database.withoutTenant((tx) => jobs.enqueue(tx, queue('orphan'), { id: 'one' }))
    // What a kill -9 in the middle of a run leaves behind.
    await world.database.withoutTenant((tx) =>
      tx.run(sql`
        UPDATE pgboss.job SET state = 'active', started_on = now() - interval '1 hour'
         WHERE name = 'orphan'`),
    )

    jobs.work(queue('orphan'), async ({ data }) => void ran.push(data['id'] ?? ''))
    await jobs.start()

    await expect.poll(() => ran).toEqual(['one'])
  })

  it('waits for the running job when it stops', async () => {
    const world = await open()
    const jobs = create(world)
    const seen: string[] = []
    jobs.work(queue('slow'), async ({ signal }) => {
      seen.push('begun')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await new Promise((resolve) => setTimeout(resolve, 200))
      seen.push('ended')
    })
    await jobs.start()
    await world.database.withoutTenant((tx) => jobs.enqueue(tx, queue('slow'), { id: 'one' }))
    await expect.poll(() => seen).toEqual(['begun'])

    await jobs.stop(seconds(5))

    expect(seen).toEqual(['begun', 'ended'])
    expect(await readJobs(world, 'slow')).toMatchObject([{ state: 'completed' }])
  })

  it('does not wait longer than it was told to, and gives the job back', async () => {
    const world = await open()
    const jobs = create(world)
    let begun = false
    let release: () => void = () => undefined
    jobs.work(queue('stuck'), () => {
      begun = true
      return new Promise((resolve) => {
        release = resolve
      })
    })
    await jobs.start()
    await world.database.withoutTenant((tx) => jobs.enqueue(tx, queue('stuck'), { id: 'one' }))
    await expect.poll(() => begun).toBe(true)

    await jobs.stop(seconds(1))

    expect(await readJobs(world, 'stuck')).toMatchObject([{ state: 'retry' }])
    release()
  })

  it('runs a scheduled task once, however often it was asked for', async () => {
    const world = await open()
    const jobs = create(world)
    let runs = 0
    jobs.schedule('tidy', '0 3 * * *', async () => {
      runs += 1
      await new Promise((resolve) => setTimeout(resolve, 100))
    })
    await Promise.all(Array.from({ length: 50 }, () => jobs.runScheduled('tidy')))

    await jobs.start()

    await expect.poll(() => runs, { timeout: 15_000 }).toBe(1)
    await expect.poll(() => readStates(world, 'scheduled')).toEqual(['completed'])
    expect(runs).toBe(1)
  })

  it('keeps the schedule in the database, without the tasks that are no more', async () => {
    const world = await open()
    const [old, current] = [create(world), create(world)]
    old.schedule('retired', '0 4 * * *', async () => undefined)
    await old.start()
    await old.stop()

    current.schedule('current', '*/5 * * * *', async () => undefined)
    await current.start()

    const rows = await world.database.withoutTenant((tx) =>
      tx.run(sql`SELECT key, cron FROM pgboss.schedule`),
    )
    expect(rows).toEqual([{ key: 'current', cron: '*/5 * * * *' }])
  })

  it('gives the application role no right to change tables', async () => {
    const { database } = await open()

    const create = database.jobExecutor.executeSql('CREATE TABLE pgboss.mine (a integer)')

    await expect(create).rejects.toMatchObject({ code: '42501' })
  })

  it('leaves no transaction open when a text of several statements fails', async () => {
    const { database } = await open()

    const broken = database.jobExecutor.executeSql('BEGIN; SELECT 1 / 0; COMMIT')

    await expect(broken).rejects.toMatchObject({ code: '22012' })
    const texts = 'BEGIN; SELECT 1 AS a; SELECT 2 AS a; COMMIT'
    const all = Array.from({ length: 10 }, () => database.jobExecutor.executeSql(texts))
    for (const { rows } of await Promise.all(all)) expect(rows).toEqual([{ a: 1 }, { a: 2 }])
  })
})

function queue(name: string, rules: Partial<Queue> = {}): Queue {
  return {
    name,
    retryLimit: 2,
    retryDelay: seconds(0),
    retryDelayMax: seconds(1),
    expiresAfter: minutes(1),
    ...rules,
  }
}

async function readJobs({ database }: StoreWorld, name: string) {
  return database.withoutTenant((tx) =>
    tx.run(sql<{ state: string; output: unknown }>`
      SELECT state::text AS state, data, output FROM pgboss.job WHERE name = ${name}`),
  )
}

async function readStates(world: StoreWorld, name: string): Promise<string[]> {
  return (await readJobs(world, name)).map(({ state }) => state)
}
