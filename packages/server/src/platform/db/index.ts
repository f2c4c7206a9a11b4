export { Coalescer, KeyedCoalescer } from './coalesce.ts'
export {
  addSingleUse,
  type Consumed,
  consume,
  issueSingleUse,
  purgeSingleUse,
  type SingleUsePurpose,
  type SingleUseValue,
  withdrawSingleUse,
} from './consume.ts'
export type { Database } from './database.ts'
export type { JobExecutor } from './job-executor.ts'
export { type EmbeddedDatabase, type EmbeddedOptions, openEmbeddedDatabase } from './embedded.ts'
export { databaseErrors, isDeadlock, isUniqueViolation, sqlState } from './errors.ts'
export {
  explainSchemaState,
  findSchemaState,
  type Migration,
  migrate,
  readMigrations,
  type SchemaState,
} from './migrate.ts'
export type { OwnerConnection } from './owner-connection.ts'
export {
  DatabaseRefusedError,
  findDurabilityWarnings,
  openServerDatabase,
  type ServerOptions,
} from './server.ts'
export { type Statement, sql } from './sql.ts'
export type { Tx } from './tx.ts'
export { type UsedValue, type UsedValuePurpose, useOnce } from './use-once.ts'
