import type { Database } from '../../../platform/db/index.ts'
import type { Fetch } from './sector.ts'

export interface ClientServices {
  readonly database: Database
  /** Asks the sector of a client; by the egress. */
  readonly fetch?: Fetch | undefined
}
