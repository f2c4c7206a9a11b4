import type { FastifyInstance } from 'fastify'
import { type Access, createAccess } from '../domains/access/index.ts'
import { createIdentity, type Identity } from '../domains/identity/index.ts'
import { createKeys, type Keys } from '../domains/keys/index.ts'
import { createSessions, type Sessions } from '../domains/sessions/index.ts'
import {
  createAttemptBudget,
  createRequestAuthenticator,
  createSignIn,
  type SignIn,
} from '../domains/sign-in/index.ts'
import { createTenants, TenantDirectory, type Tenants } from '../domains/tenants/index.ts'
import { createRefreshTokens } from '../domains/tokens/index.ts'
import type { Config } from '../platform/config/index.ts'
import { createHttpServer, type Route, type StaticPage } from '../platform/http/index.ts'
import { documentationPages } from '../pages/documentation/documentation-pages.ts'
import { hostedPages } from '../pages/hosted/hosted-pages.ts'
import { createJobs } from '../platform/jobs/index.ts'
import { createOutbox } from '../platform/outbox/index.ts'
import { createHttpPorts, csrfTokenOf } from './http-ports.ts'
import { createIdentityMessages } from './identity-messages.ts'
import type { Infrastructure } from './infrastructure.ts'
import { startMaintenance } from './maintenance.ts'
import { openApiOf } from './openapi.ts'
import { applicationRoutes } from './routes.ts'

/** The whole server, joined and ready to listen. */
export interface Application {
  readonly tenants: Tenants
  readonly directory: TenantDirectory
  readonly access: Access
  readonly identity: Identity
  readonly keys: Keys
  readonly sessions: Sessions
  readonly signIn: SignIn
  readonly routes: readonly Route[]
  readonly http: FastifyInstance
  /** Begins to deliver mail and to do the periodic work. */
  startJobs(): Promise<void>
  /** Stops accepting, lets running requests and jobs end, closes everything. */
  close(): Promise<void>
}

export interface ComposeOptions {
  /** Pages beside the API: documentation, the development mailbox. */
  readonly pages?: readonly StaticPage[]
}

export async function compose(
  config: Config,
  infrastructure: Infrastructure,
  options: ComposeOptions = {},
): Promise<Application> {
  const domains = createDomains(config, infrastructure)
  const { baseUrl } = config.http
  const routes = applicationRoutes({
    ...domains,
    database: infrastructure.database,
    csrfTokenOf: (cookie) => csrfTokenOf(infrastructure.csrfKey, cookie),
  })
  const http = await createHttpServer({
    ports: createHttpPorts(infrastructure, domains),
    routes,
    pages: [...documentationPages(openApiOf(routes, baseUrl)), ...hostedPages(), ...(options.pages ?? [])],
    baseUrl,
    allowedOrigins: config.http.allowedOrigins,
    trustedProxies: config.http.trustedProxies,
    bodyLimitBytes: config.http.bodyLimitBytes,
    defaultTenant: config.defaultTenant,
    rateLimitScale: config.http.rateLimitScale,
  })
  return {
    ...domains,
    routes,
    http,
    startJobs: () => startMaintenance(infrastructure, domains),
    close: async () => {
      await http.close()
      await domains.jobs.stop()
      await infrastructure.close()
    },
  }
}

export type Domains = ReturnType<typeof createDomains>

function createDomains(config: Config, infrastructure: Infrastructure) {
  const { database, sealer, hasher, clock, logger, mail } = infrastructure
  const { baseUrl } = config.http
  const tenants = createTenants(database, baseUrl)
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
  })
  const signIn = createSignIn({ database, identity, keys, attempts, refreshTokens, sessions })
  const authenticator = createRequestAuthenticator({ database, keys, sessions, clock })
  return {
    tenants,
    directory,
    access,
    keys,
    sessions,
    refreshTokens,
    attempts,
    identity,
    signIn,
    authenticator,
    jobs,
    outbox,
  }
}
