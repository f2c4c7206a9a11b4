import type { RegistrationOptions } from '../../domains/factors/index.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'

export interface PasskeyCeremony {
  readonly options: RegistrationOptions
  readonly action: string
  readonly hidden: Readonly<Record<string, string | undefined>>
  readonly cancelHref: string
}

/** The browser asks its user at once; the button is for another try. */
export function renderPasskeyCeremony(frame: PageFrame, ceremony: PasskeyCeremony): string {
  const { options, action, hidden, cancelHref } = ceremony
  const texts = textsOf(frame)
  const fields = { csrf: frame.csrfToken, ...hidden, response: '' }
  return renderCardPage(frame, {
    title: texts.factors.passkeyTitle,
    scripts: ['passkey.js', 'pages.js'],
    below: html`<a href="${cancelHref}">${texts.frame.cancel}</a>`,
    body: html`<h1>${texts.factors.passkeyTitle}</h1>
<p class="lead">${texts.signIn.webauthnWaiting}</p>
<form class="form" id="passkey-registration" method="post" action="${action}" data-options="${JSON.stringify(options)}">
${Object.entries(fields).map(([name, value]) =>
  value === undefined ? undefined : html`<input type="hidden" name="${name}" value="${value}">`,
)}
<noscript><p class="no-script">${texts.factors.passkeyNeedsScript}</p></noscript>
<div class="alert alert-error" role="alert" tabindex="-1" data-failed hidden><p>${texts.factors.passkeyFailed}</p></div>
${renderButton({ label: texts.factors.passkeyButton })}
</form>`,
  })
}
