import { minutes } from '../../kernel/index.ts'
import type { PageRoute } from '../../platform/http/index.ts'
import type { PageServices } from '../page-services.ts'
import { brandStylesheet } from './brand-stylesheet.ts'

export function brandPage({ findBrand }: PageServices): PageRoute {
  return {
    method: 'GET',
    path: '/brand.css',
    auth: { kind: 'anyone' },
    rateLimit: { name: 'brand', limit: 600, window: minutes(1), by: 'source' },
    cacheControl: 'public, max-age=300',
    handler: async ({ context }) => {
      const brand = await findBrand(context.tenant.slug)
      return {
        status: 200,
        body: brand === undefined ? '' : brandStylesheet(brand),
        contentType: 'text/css; charset=utf-8',
      }
    },
  }
}
