import { expect, it } from 'vitest'
import { openEmbeddedTestDatabase } from '../../../test/support/describe-store.ts'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { seconds } from '../../kernel/index.ts'
import { createLogger } from '../telemetry/index.ts'
import { createJobs } from './create-jobs.ts'

// Minutes are the finest that cron knows, so this waits for one; one database shows it.
it('runs a scheduled task by the clock of the machine', async () => {
  const database = await openEmbeddedTestDatabase()
  const logger = createLogger({ level: 'silent' })
  const jobs = createJobs({ database, logger, clock: new FakeClock() })
  let runs = 0
  jobs.schedule('tidy', '* * * * *', async () => void runs++)

  await jobs.start()

  await expect.poll(() => runs, { timeout: 110_000, interval: 500 }).toBeGreaterThan(0)
  await jobs.stop(seconds(1))
  await database.close()
}, 120_000)
