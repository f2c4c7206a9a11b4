import type { AuditEvent } from '../domains/audit/index.ts'
import type { Devices } from '../domains/devices/index.ts'
import type { Factors } from '../domains/factors/index.ts'
import type { Identity } from '../domains/identity/index.ts'
import type { OAuth } from '../domains/oauth/index.ts'
import type { Sessions } from '../domains/sessions/index.ts'
import type { SignIn } from '../domains/sign-in/index.ts'
import type { EventId, UserContext } from '../kernel/index.ts'

/** What a tenant looks like. */
export interface Brand {
  readonly name: string
  /** `#rrggbb`; undefined: the accent of the product. */
  readonly color: string | undefined
  /** A `data:` URL of an image. */
  readonly logo: string | undefined
}

/** The use cases behind the pages: the same that the API calls. */
export interface PageServices {
  readonly identity: Identity
  readonly factors: Factors
  readonly sessions: Sessions
  readonly devices: Pick<Devices, 'list' | 'remove'>
  readonly signIn: SignIn
  readonly oauth: Pick<OAuth, 'listConnected' | 'disconnect'>
  /** undefined: there is no such tenant. */
  findBrand(slug: string): Promise<Brand | undefined>
  /** Newest first. */
  listOwnEvents(
    context: UserContext,
    page: {
      readonly actions: readonly string[]
      readonly before: EventId | undefined
      readonly limit: number
    },
  ): Promise<readonly AuditEvent[]>
}
