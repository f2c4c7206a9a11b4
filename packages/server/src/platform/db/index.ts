export { Coalescer, KeyedCoalescer } from './coalesce.ts'
export {
  type Consumed,
  consume,
  issueSingleUse,
  type SingleUsePurpose,
  type SingleUseValue,
  withdrawSingleUse,
} from './consume.ts'
export type { Database } from './database.ts'
export { type EmbeddedDatabase, type EmbeddedOptions, openEmbeddedDatabase } from './embedded.ts'
export { databaseErrors, isUniqueViolation, sqlState } from './errors.ts'
export {
  explainSchemaState,
  findSchemaState,
  type Migration,
  migrate,
  type OwnerConnection,
  readMigrations,
  type SchemaState,
} from './migrate.ts'
export {
  DatabaseRefusedError,
  findDurabilityWarnings,
  openServerDatabase,
  type ServerOptions,
} from './server.ts'
export { type Statement, sql } from './sql.ts'
export type { Tx } from './tx.ts'
