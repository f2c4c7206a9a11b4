import type { Database } from '../../platform/db/index.ts'
import type { Identity, NameScreeningPort } from '../identity/index.ts'
import type { ScreeningPort } from './ports.ts'

/** What every use case of this domain is given. */
export interface ScreeningDependencies {
  readonly database: Database
  readonly identity: Pick<Identity, 'listUsers' | 'keepHits' | 'suspendWithin' | 'releaseWithin'>
  readonly nameScreening: Pick<NameScreeningPort, 'screen'>
  /** undefined: the operator has none. */
  readonly list: ScreeningPort | undefined
}
