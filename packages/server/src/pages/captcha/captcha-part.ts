import type { CaptchaPurpose } from '../../platform/captcha/index.ts'
import { textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import type { OpenPage } from '../open-page.ts'

/** Before `pages.js`: a form that waits for its solution is not sent yet. */
export const CAPTCHA_SCRIPTS = ['captcha.js', 'pages.js'] as const

/** Whether the tenant wants a solved challenge with every form that anybody may send. */
export function isCaptchaAlways({ visit }: Pick<OpenPage, 'visit'>): boolean {
  return visit.context.tenant.policy.captcha === 'always'
}

/** What the script put into the form. */
export function captchaOf({ visit }: Pick<OpenPage, 'visit'>): string | undefined {
  const { captcha = '' } = visit.form
  return captcha === '' ? undefined : captcha
}

/** For forms that need one only where the tenant always wants it. */
export async function openCaptchaIfAlways(
  page: OpenPage,
  purpose: CaptchaPurpose,
): Promise<Html | undefined> {
  return isCaptchaAlways(page) ? openCaptcha(page, purpose) : undefined
}

/**
 * The challenge of a form, in front of its button; a script solves it while the form is filled in.
 * NOTE: the widget of a service would need scripts and frames of others, which the policy of our
 * pages forbids: the part then says so.
 */
export async function openCaptcha(
  page: OpenPage,
  purpose: CaptchaPurpose,
  isDemanded = true,
): Promise<Html | undefined> {
  const texts = textsOf(page.frame).signIn
  const captcha = await page.services.signIn.captchaFor(page.visit.context, purpose)
  if (captcha.provider !== 'altcha') {
    return isDemanded ? html`<p class="no-script">${texts.captchaOfService}</p>` : undefined
  }
  return html`<div class="captcha" data-captcha="${JSON.stringify(captcha.challenge)}">
<input type="hidden" name="captcha" value="">
<noscript><p class="no-script">${texts.captchaNeedsScript}</p></noscript>
<div class="puzzle" data-running role="status" hidden><p>${texts.captchaRunning}</p><progress max="1" value="0" aria-label="${texts.captchaRunning}"></progress></div>
<div class="alert alert-error" role="alert" tabindex="-1" data-failed hidden><p>${texts.captchaFailed}</p></div>
<p class="hint">${texts.captchaLead}</p>
</div>`
}
