import { describe, expect, it } from 'vitest'
import { databaseErrors } from '../../platform/db/index.ts'
import { retryAfterDeadlock } from './retry-after-deadlock.ts'

/** A transaction that fails as often as told, the way the database layer reports it. */
function failing(times: number, code: string) {
  let calls = 0
  const transaction = async () => {
    calls += 1
    if (calls > times) return 'done'
    const cause = Object.assign(new Error('from the driver'), { code })
    throw databaseErrors.database_unavailable({ cause })
  }
  return { transaction, calls: () => calls }
}

describe('retryAfterDeadlock', () => {
  it('runs the victim of a deadlock again', async () => {
    const { transaction, calls } = failing(2, '40P01')

    expect(await retryAfterDeadlock(transaction)).toBe('done')
    expect(calls()).toBe(3)
  })

  it('gives up after the third time', async () => {
    const { transaction, calls } = failing(3, '40P01')

    await expect(retryAfterDeadlock(transaction)).rejects.toThrow()
    expect(calls()).toBe(3)
  })

  it('does not repeat what may have been committed when the connection broke', async () => {
    const { transaction, calls } = failing(1, '08006')

    await expect(retryAfterDeadlock(transaction)).rejects.toThrow()
    expect(calls()).toBe(1)
  })
})
