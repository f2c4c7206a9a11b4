import { updateProfileSchema } from '../../domains/identity/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { renderButton, renderField, renderForm, renderLinkButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import { LANGUAGES } from '../language/languages.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, comeBack, doneAlert } from './account-page-route.ts'
import { formatDate, renderAccountPage, renderPanel } from './render-account-page.ts'

export function profilePages(services: PageServices): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  return [
    read('/account', async (page) => show(page, await render(page, doneAlert(page)))),
    change('/account/profile', 'update-profile', save),
  ]
}

async function save(page: OpenPage): Promise<PageReply> {
  const { display_name: name = '', locale = '' } = page.visit.form
  const offer = await renderPasskeyOffer(page)
  return attempt(
    page,
    async () => {
      const parsed = updateProfileSchema.safeParse({
        display_name: name.trim() === '' ? null : name.trim(),
        locale: locale === '' ? null : locale,
      })
      if (!parsed.success) throw httpErrors.invalid_request()
      const { display_name: displayName, locale: language } = parsed.data
      const profile = { displayName, locale: language }
      await page.services.identity.updateProfile(userContext(page), profile)
      return comeBack(page, '/account', 'saved')
    },
    (alert) => renderProfile(page, alert, offer),
  )
}

async function render(page: OpenPage, alert: Alert | undefined): Promise<string> {
  return renderProfile(page, alert, await renderPasskeyOffer(page))
}

/** To who has none yet: at a moment when nothing else is asked of them. */
async function renderPasskeyOffer(page: OpenPage): Promise<Html | undefined> {
  const passkeys = await page.services.factors.webauthn.list(userContext(page))
  if (passkeys.length > 0) return undefined
  const { factors, account } = textsOf(page.frame)
  const add = renderLinkButton(`${page.prefix}/account/passkeys/new`, account.addPasskey)
  const body = html`<div class="buttons">${add}</div>`
  return renderPanel(factors.passkeyTitle, factors.passkeyLead, body)
}

function renderProfile(page: OpenPage, alert: Alert | undefined, offer: Html | undefined): string {
  const texts = textsOf(page.frame)
  const { profile } = userContext(page).principal
  const isVerified = profile.emailVerifiedAt !== undefined
  const form = renderForm(page.frame, {
    action: `${page.prefix}/account/profile`,
    body: html`${renderField(page.frame, {
      name: 'display_name',
      label: texts.account.name,
      autocomplete: 'name',
      value: page.visit.form['display_name'] ?? profile.displayName,
      isOptional: true,
      maxLength: 100,
    })}
${renderLanguageField(page, profile.locale)}
${renderButton({ label: texts.frame.save })}`,
  })
  return renderAccountPage(page, {
    section: 'profile',
    lead: texts.account.profileLead,
    alert,
    body: html`<section class="panel"><dl class="facts narrow">
<div><dt>${texts.frame.email}</dt><dd>${profile.email} <span class="badge${isVerified ? '' : ' bad'}">${isVerified ? texts.account.verified : texts.account.unverified}</span></dd></div>
<div><dt>${texts.account.memberSince}</dt><dd>${formatDate(page, profile.createdAt)}</dd></div>
</dl>
<div class="buttons">${renderLinkButton(`${page.prefix}/account/email`, texts.account.changeEmail)}</div>
${form}</section>
${offer}`,
  })
}

function renderLanguageField({ frame }: OpenPage, locale: string | undefined): Html {
  const { languageLabel, languageAuto } = textsOf(frame).account
  const known = LANGUAGES.map(({ tag, name }) => ({ tag, name }))
  const others =
    locale === undefined || known.some(({ tag }) => tag === locale)
      ? []
      : [{ tag: locale, name: locale }]
  return html`<div class="field"><label for="locale">${languageLabel}</label>
<select id="locale" name="locale"><option value="">${languageAuto}</option>${[
    ...known,
    ...others,
  ].map(
    ({ tag, name }) =>
      html`<option value="${tag}" lang="${tag}"${tag === locale ? html` selected` : undefined}>${name}</option>`,
  )}</select></div>`
}
