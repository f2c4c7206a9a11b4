import type { Form } from '../design/form.ts'
import type { PageFrame } from '../design/page-frame.ts'
import type { Html } from '../html.ts'
import { chooseLanguage } from '../language/languages.ts'
import type { ClientOnPage, FormOnPage, OAuthPageFrame } from '../../domains/oauth/index.ts'

/** The frame of the other pages, without what belongs to their own forms. */
export function frameOf({ tenant, locales }: OAuthPageFrame): PageFrame {
  return {
    tenant: { ...tenant, prefix: tenant.prefix },
    language: chooseLanguage(locales),
    otherLanguages: [],
    csrfToken: undefined,
  }
}

export function formOf({ action, hidden }: FormOnPage, body: Html): Form {
  return { action, hidden, body }
}

/** As it calls itself; a client without a name by its identifier. */
export function nameOf(client: ClientOnPage): string {
  return client.name.trim() === '' ? client.id : client.name
}
