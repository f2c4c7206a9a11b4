import type { PageRoute } from '../../platform/http/index.ts'
import type { PageServices } from '../page-services.ts'
import { activityPage } from './activity-page.ts'
import { applicationPages } from './application-pages.ts'
import { emailPages } from './email-pages.ts'
import { factorPages } from './factor-pages.ts'
import { otpPages } from './otp-pages.ts'
import { passkeyPages } from './passkey-pages.ts'
import { passwordPages } from './password-pages.ts'
import { phonePages } from './phone-pages.ts'
import { profilePages } from './profile-pages.ts'
import { renameSessionPages } from './rename-session-pages.ts'
import { securityPage } from './security-page.ts'
import { sessionPages } from './session-pages.ts'

/** What somebody sees and changes of the own account. */
export function accountPages(services: PageServices): readonly PageRoute[] {
  return [
    ...profilePages(services),
    securityPage(services),
    ...passwordPages(services),
    ...emailPages(services),
    ...otpPages(services),
    ...phonePages(services),
    ...factorPages(services),
    ...passkeyPages(services),
    ...sessionPages(services),
    ...renameSessionPages(services),
    ...applicationPages(services),
    activityPage(services),
  ]
}
