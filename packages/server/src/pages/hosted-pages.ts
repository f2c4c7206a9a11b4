import type { HostedPages, StaticPage } from '../platform/http/index.ts'
import { accountPages } from './account/account-pages.ts'
import { assetPage } from './asset-page.ts'
import { brandPage } from './brand/brand-page.ts'
import { mailFormPages } from './mail-forms/mail-form-pages.ts'
import { linkPages } from './mail-links/link-pages.ts'
import type { PageServices } from './page-services.ts'
import { refusePage } from './refuse-page.ts'
import { registerPages } from './register/register-pages.ts'
import { signOutPages } from './session/sign-out-pages.ts'
import { stepUpPages } from './session/step-up-pages.ts'
import { emailSignInPages } from './sign-in/email-sign-in-pages.ts'
import { enrollPages } from './sign-in/enroll-pages.ts'
import { passwordChangePages } from './sign-in/password-change-pages.ts'
import { signInPages } from './sign-in/sign-in-pages.ts'
import { verifyPages } from './sign-in/verify-pages.ts'

/** Every page of a tenant. They call the same use cases as the API. */
export function hostedPages(services: PageServices): HostedPages {
  const routes = [
    brandPage(services),
    ...signInPages(services),
    ...verifyPages(services),
    ...enrollPages(services),
    ...passwordChangePages(services),
    ...registerPages(services),
    ...mailFormPages(services),
    ...emailSignInPages(services),
    ...linkPages(services),
    ...stepUpPages(services),
    ...signOutPages(services),
    ...accountPages(services),
  ]
  const readable = routes.filter(({ method }) => method === 'GET').map(({ path }) => path)
  return {
    routes,
    refuse: (refusal) => refusePage(services, new Set(readable), refusal),
  }
}

/** What the pages are made of, the same for every tenant. */
export function hostedAssets(): readonly StaticPage[] {
  return ['tokens.css', 'pages.css', 'account.css', 'pages.js', 'captcha.js', 'passkey.js'].map(
    assetPage,
  )
}
