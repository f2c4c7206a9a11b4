import {
  completeRegistrationSchema,
  type RegistrationOptions,
  renameCredentialSchema,
  type WebAuthnCredential,
  webauthnErrors,
} from '../../domains/factors/index.ts'
import { parseId } from '../../kernel/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { renderField } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import { parseJsonField } from '../parse-json-field.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, checkFreshFactor, comeBack } from './account-page-route.ts'
import { readCurrentPassword, showCodes } from './factor-pages.ts'
import { renderPasskeyCeremony } from '../sign-in/render-passkey-ceremony.ts'
import { renderConfirmPage } from './render-confirm-page.ts'
import { renderRenamePage } from './render-rename-page.ts'

export function passkeyPages(services: PageServices): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  return [
    read('/account/passkeys/new', askForPasskey),
    change('/account/passkeys/new', 'begin-webauthn-registration', begin),
    change('/account/passkeys/register', 'complete-webauthn-registration', complete),
    read('/account/passkeys/{id}/rename', async (page) =>
      show(page, renderRename(page, await getPasskey(page))),
    ),
    change('/account/passkeys/{id}/rename', 'rename-webauthn-credential', rename),
    read('/account/passkeys/{id}/remove', askToRemove),
    change('/account/passkeys/{id}/remove', 'remove-webauthn-credential', remove),
  ]
}

async function askForPasskey(page: OpenPage): Promise<PageReply> {
  await checkFreshFactor(page)
  return show(page, renderAsk(page))
}

function begin(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const proof = { currentPassword: readCurrentPassword(page), response: undefined }
      const { webauthn } = page.services.factors
      const options = await webauthn.beginRegistration(userContext(page), proof)
      return show(page, renderCeremony(page, options))
    },
    (alert) => renderAsk(page, alert),
  )
}

function complete(page: OpenPage): Promise<PageReply> {
  const { form } = page.visit
  const name = (form['name'] ?? '').trim()
  return attempt(
    page,
    async () => {
      const parsed = completeRegistrationSchema.safeParse({
        response: parseJsonField(form['response']),
        ...(name === '' ? {} : { name }),
      })
      if (!parsed.success) throw httpErrors.invalid_request()
      const { webauthn } = page.services.factors
      const registration = { response: parsed.data.response, name: parsed.data.name }
      const { backupCodes } = await webauthn.completeRegistration(userContext(page), registration)
      return backupCodes === undefined
        ? comeBack(page, '/account/security', 'factorAdded')
        : showCodes(page, backupCodes, false)
    },
    (alert) => renderAsk(page, alert),
  )
}

/** @throws webauthn_credential_not_found */
async function getPasskey(page: OpenPage): Promise<WebAuthnCredential> {
  const id = parseId('wac', page.visit.query['id'] ?? '')
  if (id === undefined) throw webauthnErrors.webauthn_credential_not_found()
  return page.services.factors.webauthn.get(userContext(page), id)
}

async function rename(page: OpenPage): Promise<PageReply> {
  const passkey = await getPasskey(page)
  return attempt(
    page,
    async () => {
      const parsed = renameCredentialSchema.safeParse({
        name: (page.visit.form['name'] ?? '').trim(),
      })
      if (!parsed.success) throw httpErrors.invalid_request()
      const { webauthn } = page.services.factors
      await webauthn.rename(userContext(page), passkey.id, parsed.data.name)
      return comeBack(page, '/account/security', 'saved')
    },
    (alert) => renderRename(page, passkey, alert),
  )
}

async function askToRemove(page: OpenPage): Promise<PageReply> {
  await checkFreshFactor(page)
  return show(page, renderRemove(page, await getPasskey(page)))
}

async function remove(page: OpenPage): Promise<PageReply> {
  const passkey = await getPasskey(page)
  return attempt(
    page,
    async () => {
      const proof = { currentPassword: readCurrentPassword(page), response: undefined }
      await page.services.factors.webauthn.remove(userContext(page), passkey.id, proof)
      return comeBack(page, '/account/security', 'factorRemoved')
    },
    (alert) => renderRemove(page, passkey, alert),
  )
}

function renderAsk(page: OpenPage, alert?: Alert): string {
  const { factors } = textsOf(page.frame)
  return renderConfirmPage(page.frame, {
    title: factors.passkeyTitle,
    lead: factors.passkeyLead,
    action: `${page.prefix}/account/passkeys/new`,
    button: factors.passkeyButton,
    isDangerous: false,
    cancelHref: `${page.prefix}/account/security`,
    fields: html`${renderField(page.frame, {
      name: 'name',
      label: factors.passkeyName,
      hint: factors.passkeyNameHint,
      autocomplete: 'off',
      value: page.visit.form['name'],
      isOptional: true,
      maxLength: 64,
    })}
<noscript><p class="no-script">${factors.passkeyNeedsScript}</p></noscript>`,
    alert,
  })
}

function renderCeremony(page: OpenPage, options: RegistrationOptions): string {
  return renderPasskeyCeremony(page.frame, {
    options,
    action: `${page.prefix}/account/passkeys/register`,
    hidden: { name: (page.visit.form['name'] ?? '').slice(0, 64) },
    cancelHref: `${page.prefix}/account/security`,
  })
}

function renderRename(page: OpenPage, passkey: WebAuthnCredential, alert?: Alert): string {
  const { account, factors } = textsOf(page.frame)
  return renderRenamePage(page.frame, {
    title: account.renameTitle,
    label: factors.passkeyName,
    value: page.visit.form['name'] ?? passkey.name,
    action: `${page.prefix}/account/passkeys/${passkey.id}/rename`,
    cancelHref: `${page.prefix}/account/security`,
    alert,
  })
}

function renderRemove(page: OpenPage, passkey: WebAuthnCredential, alert?: Alert): string {
  const { account } = textsOf(page.frame)
  return renderConfirmPage(page.frame, {
    title: fill(account.removeTitle, { name: passkey.name }),
    lead: account.removeLead,
    action: `${page.prefix}/account/passkeys/${passkey.id}/remove`,
    button: account.remove,
    isDangerous: true,
    cancelHref: `${page.prefix}/account/security`,
    alert,
  })
}
