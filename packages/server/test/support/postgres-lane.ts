import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of a superuser of the PostgreSQL lane; absent when the lane is skipped. */
    postgresUrl: string | undefined
  }
}

/**
 * The superuser connection string of a real PostgreSQL, or `undefined` when this run has none.
 * Every test makes its own database in it: the server is shared by all test files.
 */
export function postgresLane(): string | undefined {
  return inject('postgresUrl')
}
