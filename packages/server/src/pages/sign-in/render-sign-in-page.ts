import { CAPTCHA_SCRIPTS } from '../captcha/captcha-part.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderField, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { renderDivider } from '../design/steps.ts'
import { html, type Html } from '../html.ts'
import { fill } from '../language/texts.ts'

export interface SignInPageProps {
  readonly email: string | undefined
  readonly returnTo: string | undefined
  readonly forgotHref: string
  /** undefined: registration is closed. */
  readonly registerHref: string | undefined
  /** Who is signed in already, and where they may go on to. */
  readonly signedIn: { readonly email: string; readonly href: string } | undefined
  /** undefined: the tenant allows no messages to sign in with. */
  readonly emailHref: string | undefined
  readonly unlockHref: string
  /** A challenge that comes with the password. */
  readonly captcha?: Html | undefined
  readonly alert?: Alert | undefined
}

export function renderSignInPage(frame: PageFrame, props: SignInPageProps): string {
  const texts = textsOf(frame).signIn
  const { signedIn, alert, registerHref } = props
  return renderCardPage(frame, {
    title: texts.title,
    scripts: ['passkey.js', ...CAPTCHA_SCRIPTS],
    body: html`<h1>${texts.title}</h1>
<p class="lead">${signedIn === undefined ? texts.lead : fill(texts.signedInAs, signedIn)}</p>
${signedIn === undefined ? undefined : renderGoOn(texts, signedIn)}
${renderAlert(alert)}
${renderPasswordForm(frame, props)}
${renderPasskeyForm(frame, props)}
${renderOtherWays(frame, props)}`,
    below:
      registerHref === undefined
        ? undefined
        : html`${texts.noAccount} <a href="${registerHref}">${texts.createAccount}</a>`,
  })
}

type SignInTexts = ReturnType<typeof textsOf>['signIn']

function renderGoOn(texts: SignInTexts, signedIn: { email: string; href: string }): Html {
  return html`<p class="actions"><a class="button secondary" href="${signedIn.href}">${fill(texts.goOn, signedIn)}</a></p>
<p class="lead">${texts.anotherAccount}</p>`
}

function renderPasswordForm(frame: PageFrame, props: SignInPageProps): Html {
  const { email, returnTo, forgotHref, captcha, alert } = props
  const texts = textsOf(frame)
  const isInvalid = alert?.kind === 'error'
  const hasFocus = !isInvalid
  return renderForm(frame, {
    action: `${frame.tenant.prefix}/sign-in`,
    hidden: { return_to: returnTo },
    body: html`${renderField(frame, {
      name: 'email',
      label: texts.frame.email,
      type: 'email',
      // WebAuthn L3 §5.1.4: `webauthn` last, so that browsers offer passkeys in this field.
      autocomplete: 'username webauthn',
      value: email,
      isInvalid,
      hasFocus: hasFocus && email === undefined,
      maxLength: 254,
    })}
${renderPasswordField(frame, {
  name: 'password',
  label: texts.frame.password,
  isInvalid,
  hasFocus: hasFocus && email !== undefined,
  aside: html`<a href="${forgotHref}">${texts.signIn.forgot}</a>`,
})}
${captcha}
${renderButton({ label: texts.signIn.button })}`,
  })
}

function renderOtherWays(frame: PageFrame, props: SignInPageProps): Html {
  const { signIn, links } = textsOf(frame)
  const { emailHref, unlockHref, alert } = props
  const ways = [
    ...(emailHref === undefined ? [] : [{ href: emailHref, name: links.magicRequestTitle }]),
    // Known and unknown accounts are told of it alike.
    ...(alert?.kind === 'error' ? [{ href: unlockHref, name: links.delayOffer }] : []),
  ]
  if (ways.length === 0) return html``
  return html`<nav class="other-ways" aria-labelledby="other-ways"><h2 id="other-ways">${signIn.otherWays}</h2><ul>${ways.map(
    ({ href, name }) => html`<li><a href="${href}">${name}</a></li>`,
  )}</ul></nav>`
}

function renderPasskeyForm(frame: PageFrame, { returnTo }: SignInPageProps): Html {
  const { prefix } = frame.tenant
  const texts = textsOf(frame).signIn
  return html`<form class="form" id="passkey-sign-in" method="post" action="${prefix}/sign-in/passkey" data-offer="${prefix}/api/auth/webauthn/login/options" hidden>
<input type="hidden" name="csrf" value="${frame.csrfToken ?? ''}">
${returnTo === undefined ? undefined : html`<input type="hidden" name="return_to" value="${returnTo}">`}
<input type="hidden" name="challenge_id"><input type="hidden" name="response">
${renderDivider(texts.or)}
<div class="alert alert-error" role="alert" tabindex="-1" data-failed hidden><p>${texts.passkeyFailed}</p></div>
${renderButton({ label: texts.withPasskey, kind: 'secondary' })}
</form>`
}
