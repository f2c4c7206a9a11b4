import type { FastifyInstance } from 'fastify'
import { PAGE_CONTENT_SECURITY_POLICY } from './security-headers.ts'

/** A page or file outside the API: no credentials, no tenant data. */
export interface StaticPage {
  readonly path: `/${string}`
  readonly contentType: string
  render(query: Readonly<Record<string, string | undefined>>): Promise<string | Buffer>
}

export function registerStaticPage(server: FastifyInstance, page: StaticPage): void {
  server.get(page.path, async (request, reply) => {
    const body = await page.render(request.query as Record<string, string | undefined>)
    return reply
      .header('Content-Security-Policy', PAGE_CONTENT_SECURITY_POLICY)
      .header('Cache-Control', 'no-store')
      .type(page.contentType)
      .send(body)
  })
}
