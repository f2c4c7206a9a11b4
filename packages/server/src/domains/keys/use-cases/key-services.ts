import type { Sealer } from '../../../platform/crypto/index.ts'
import type { Database } from '../../../platform/db/index.ts'

export interface KeyServices {
  readonly database: Database
  readonly sealer: Sealer
}
