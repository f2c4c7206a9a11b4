import type { Configuration } from 'oidc-provider'
import type { Sealer } from '../../../platform/crypto/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import type { PlaceFinder } from '../../../platform/geo/index.ts'
import type { RateLimiter } from '../../../platform/rate-limit/index.ts'
import type { Logger } from '../../../platform/telemetry/index.ts'
import type { Factors } from '../../factors/index.ts'
import type { Keys } from '../../keys/index.ts'
import type { Risk } from '../../risk/index.ts'
import type { Sessions } from '../../sessions/index.ts'
import type { Clients } from '../clients/clients.ts'
import type { ClientTokens } from './client-tokens.ts'
import type { RememberedClients } from '../clients/remembered-clients.ts'
import type { MutualTls } from './mutual-tls.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { PairwiseSecrets } from './pairwise-secrets.ts'
import type { OAuthPages } from '../ports.ts'

/** What the protocol engine of every tenant works with. */
export interface EngineServices {
  readonly database: Database
  readonly sealer: Sealer
  readonly keys: Keys
  readonly clients: Clients
  readonly remembered: RememberedClients
  readonly clientTokens: ClientTokens
  readonly pairwise: PairwiseSecrets
  readonly issuerKeys: IssuerKeys
  readonly sessions: Sessions
  readonly factors: Pick<Factors, 'within'>
  readonly risk: Risk
  readonly pages: OAuthPages
  readonly logger: Logger
  readonly limiter: RateLimiter
  /** undefined: nobody configured where to look places up. */
  readonly places: PlaceFinder | undefined
  /** Of `{base}`: what every address of the engine begins with. */
  readonly baseUrl: string
  readonly mutualTls: MutualTls
  readonly csrfTokenOf: (sessionCookie: string) => string
  /** 32 bytes, the same on every node: makes the nonces of DPoP. */
  readonly dpopNonceSecret: Buffer
  /** For outgoing requests (`jwks_uri`, back-channel logout); tests replace it. */
  readonly fetch?: NonNullable<Configuration['fetch']> | undefined
}
