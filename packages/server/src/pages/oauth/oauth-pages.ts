import { renderContinue } from '../design/continue-page.ts'
import { frameOf } from './oauth-frame.ts'
import type { ContinuePageProps, OAuthPages } from '../../domains/oauth/index.ts'
import { renderConsentPage } from './render-consent-page.ts'
import {
  renderDeviceCodePage,
  renderDeviceConfirmPage,
  renderDeviceDonePage,
} from './render-device-pages.ts'
import { renderFormPostPage } from './render-form-post-page.ts'
import { renderLoggedOutPage, renderLogoutPage } from './render-logout-pages.ts'
import { renderOAuthErrorPage } from './render-oauth-error-page.ts'

export function renderContinuePage(props: ContinuePageProps): string {
  return renderContinue(frameOf(props), props.url)
}

/** The pages that composition hands to the OAuth domain. */
export const oauthPages: OAuthPages = {
  consent: renderConsentPage,
  deviceCode: renderDeviceCodePage,
  deviceConfirm: renderDeviceConfirmPage,
  deviceDone: renderDeviceDonePage,
  logout: renderLogoutPage,
  loggedOut: renderLoggedOutPage,
  error: renderOAuthErrorPage,
  continueTo: renderContinuePage,
  postTo: renderFormPostPage,
}
