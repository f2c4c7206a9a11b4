import { isDeadlock } from '../../platform/db/index.ts'

/**
 * Runs a transaction again when PostgreSQL chose it as the victim of a deadlock: nothing of it
 * happened then. Statements that lock many rows of one tenant can meet in opposite order.
 */
export async function retryAfterDeadlock<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (!isDeadlock(error)) throw error
    }
  }
  return transaction()
}

const MAX_ATTEMPTS = 3
