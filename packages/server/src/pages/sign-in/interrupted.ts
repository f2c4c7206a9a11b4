import type { PageReply } from '../../platform/http/index.ts'
import { addressOf, goTo, type OpenPage } from '../open-page.ts'
import { FORGET_PENDING } from './pending-sign-in.ts'

/** Where a sign-in begins anew that was interrupted. */
export function interrupted(page: OpenPage): PageReply {
  return goTo(addressOf(page, '/sign-in', { interrupted: 'yes' }), [FORGET_PENDING])
}
