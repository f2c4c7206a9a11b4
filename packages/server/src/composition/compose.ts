import type { FastifyInstance } from 'fastify'
import { documentationPages } from '../pages/documentation/documentation-pages.ts'
import { hostedAssets, hostedPages } from '../pages/hosted-pages.ts'
import type { Config } from '../platform/config/index.ts'
import { createHttpServer, type Route, type StaticPage } from '../platform/http/index.ts'
import { createDomains, type Domains } from './domains.ts'
import { csrfTokenOf } from './csrf-token.ts'
import { createHttpPorts } from './http-ports.ts'
import type { Infrastructure } from './infrastructure.ts'
import { startMaintenance } from './maintenance.ts'
import { openApiOf } from './openapi.ts'
import { createPageServices } from './page-services.ts'
import { applicationRoutes } from './routes.ts'

/** The whole server, joined and ready to listen. */
export interface Application extends Domains {
  readonly routes: readonly Route[]
  readonly http: FastifyInstance
  /** Begins to deliver mail and to do the periodic work. */
  startJobs(): Promise<void>
  /** Stops accepting, lets running requests and jobs end, closes everything. */
  close(): Promise<void>
}

export interface ComposeOptions {
  /** Pages beside the API: the development mailbox. */
  readonly pages?: readonly StaticPage[]
}

export async function compose(
  config: Config,
  infrastructure: Infrastructure,
  options: ComposeOptions = {},
): Promise<Application> {
  const { baseUrl } = config.http
  const domains = createDomains(config.http, infrastructure)
  const routes = applicationRoutes({
    ...domains,
    database: infrastructure.database,
    csrfTokenOf: (cookie) => csrfTokenOf(infrastructure.csrfKey, cookie),
  })
  const documentation = documentationPages(openApiOf(routes, baseUrl))
  const http = await createHttpServer({
    ...config.http,
    defaultTenant: config.defaultTenant,
    ports: createHttpPorts(infrastructure, domains),
    routes,
    pages: [...documentation, ...hostedAssets(), ...(options.pages ?? [])],
    hostedPages: hostedPages(createPageServices(domains, infrastructure)),
    mounts: domains.oauth.mounts,
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
