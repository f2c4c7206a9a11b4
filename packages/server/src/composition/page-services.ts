import { listEvents } from '../domains/audit/index.ts'
import type { PageServices } from '../pages/page-services.ts'
import type { Domains } from './domains.ts'
import type { Infrastructure } from './infrastructure.ts'

/** Gives the pages the use cases that they are forms of. */
export function createPageServices(
  { identity, factors, sessions, devices, signIn, oauth, directory }: Domains,
  { database }: Infrastructure,
): PageServices {
  return {
    identity,
    factors,
    sessions,
    devices,
    signIn,
    oauth,
    findBrand: async (slug) => {
      const tenant = await directory.resolve(slug)
      if (tenant === undefined) return undefined
      const { brand_color: color, brand_logo: logo } = tenant.settings
      return { name: tenant.name, color: color ?? undefined, logo: logo ?? undefined }
    },
    listOwnEvents: (context, page) =>
      listEvents(database, context, { actor: context.principal.userId, ...page }),
  }
}
