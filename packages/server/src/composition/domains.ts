import { createAccess } from '../domains/access/index.ts'
import { createFactors, relyingPartyOf } from '../domains/factors/index.ts'
import { createIdentity } from '../domains/identity/index.ts'
import { createKeys } from '../domains/keys/index.ts'
import { createSessions } from '../domains/sessions/index.ts'
import {
  createAttemptBudget,
  createRequestAuthenticator,
  createSignIn,
} from '../domains/sign-in/index.ts'
import { createTenants, TenantDirectory } from '../domains/tenants/index.ts'
import { createRefreshTokens } from '../domains/tokens/index.ts'
import type { Config } from '../platform/config/index.ts'
import { createJobs } from '../platform/jobs/index.ts'
import { createOutbox } from '../platform/outbox/index.ts'
import { createFactorMessages } from './factor-messages.ts'
import { createIdentityMessages } from './identity-messages.ts'
import { createOAuthDomain } from './oauth-domain.ts'
import type { Infrastructure } from './infrastructure.ts'

/** The domains, joined: what one needs of another is handed over here, and nowhere else. */
export function createDomains(http: Config['http'], infrastructure: Infrastructure) {
  const { database, sealer, hasher, clock, logger, mail } = infrastructure
  const tenants = createTenants(database, http.baseUrl)
  const directory = new TenantDirectory((slug) => tenants.findBySlug(slug), clock)
  const jobs = createJobs({ database, logger, clock })
  const outbox = createOutbox({ database, sealer, jobs, transport: mail, logger, clock })
  const access = createAccess({ database })
  const keys = createKeys({ database, sealer, clock })
  const sessions = createSessions({ database })
  const refreshTokens = createRefreshTokens({ database })
  const attempts = createAttemptBudget(database)
  const identity = createIdentity({
    database,
    hasher,
    access,
    credentialChange: sessions.asCredentialChangePort(),
    messages: createIdentityMessages(outbox),
    guesses: attempts,
    breachedPasswords: infrastructure.breachedPasswords,
  })
  const factors = createFactors({
    database,
    sealer,
    identity,
    credentialChange: sessions.asCredentialChangePort(),
    messages: createFactorMessages(outbox),
    guesses: attempts,
    relyingParty: relyingPartyOf(http),
  })
  const signIn = createSignIn({
    database,
    identity,
    factors,
    keys,
    attempts,
    refreshTokens,
    sessions,
  })
  const oauth = createOAuthDomain(http, infrastructure, { keys, sessions, factors })
  const authenticator = createRequestAuthenticator({ keys, sessions, clock, clientTokens: oauth })
  return {
    tenants,
    directory,
    access,
    keys,
    sessions,
    refreshTokens,
    attempts,
    identity,
    factors,
    signIn,
    authenticator,
    oauth,
    clients: oauth.clients,
    jobs,
    outbox,
  }
}

export type Domains = ReturnType<typeof createDomains>
