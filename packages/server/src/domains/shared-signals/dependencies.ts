import type { Clock, TenantId, TenantRef } from '../../kernel/index.ts'
import type { Sealer } from '../../platform/crypto/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { Egress } from '../../platform/egress/index.ts'
import type { Jobs } from '../../platform/jobs/index.ts'
import type { Logger } from '../../platform/telemetry/index.ts'
import type { Keys } from '../keys/index.ts'
import type { OAuth } from '../oauth/index.ts'

/** What every use case of this domain is given. */
export interface SharedSignalDependencies {
  readonly database: Database
  readonly sealer: Sealer
  readonly keys: Pick<Keys, 'signer'>
  readonly oauth: Pick<OAuth, 'findSubjects'>
  /** SECURITY: receivers choose addresses, so it must go to public ones only. */
  readonly egress: Egress
  readonly jobs: Pick<Jobs, 'enqueue' | 'work'>
  readonly logger: Logger
  readonly clock: Clock
  readonly findTenant: (id: TenantId) => Promise<TenantRef | undefined>
  /** What every node remembers for two seconds at most. */
  readonly currentTenant: (tenant: TenantRef) => Promise<TenantRef>
}
