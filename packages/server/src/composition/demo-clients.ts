import type { NewClient } from '../domains/oauth/index.ts'
import { type ClientId, Secret } from '../kernel/index.ts'

export interface DemoClient extends NewClient {
  readonly id: ClientId
  /** WARNING: everyone knows it. It exists in development only. */
  readonly secret?: Secret<string>
}

/** What the demo service gets tokens for. */
export const DEMO_API = 'https://orders.example'

/** The service of the banner: it can get a token without a user. */
export const DEMO_SERVICE = {
  id: 'cli_0000000000g0080000000batch' as ClientId,
  secret: new Secret('cs_client_demo'),
  profile: 'service',
  name: 'Nightly export',
  isFirstParty: true,
  metadata: { scope: 'orders:read', resources: [DEMO_API] },
} as const satisfies DemoClient

/** Its address is that of the examples. */
const DEMO_SPA = {
  id: 'cli_0000000000g008000000000spa' as ClientId,
  profile: 'spa',
  name: 'Orders',
  metadata: {
    redirect_uris: ['http://127.0.0.1:4850/'],
    post_logout_redirect_uris: ['http://127.0.0.1:4850/'],
    scope: 'openid profile email offline_access',
  },
} as const satisfies DemoClient

export const DEMO_CLIENTS: readonly DemoClient[] = [DEMO_SPA, DEMO_SERVICE]
