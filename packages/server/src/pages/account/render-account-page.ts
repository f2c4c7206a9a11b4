import { type Alert, renderAlert } from '../design/alert.ts'
import { renderFooter, renderTenantBrand } from '../design/brand.ts'
import { brandSheetOf } from '../design/card-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import { formatTime as formatTimeIn } from '../language/format-time.ts'
import type { Texts } from '../language/texts.ts'
import { type OpenPage, userContext } from '../open-page.ts'
import { renderDocument } from '../render-document.ts'

/** The sections of an account, in the order of the menu. */
const SECTIONS = {
  profile: '/account',
  security: '/account/security',
  sessions: '/account/sessions',
  applications: '/account/applications',
  activity: '/account/activity',
} as const

export type Section = keyof typeof SECTIONS

export interface AccountPage {
  readonly section: Section
  readonly lead: string
  readonly alert?: Alert | undefined
  readonly body: Html
}

/** A page of the account: a bar with who is signed in, a menu, and panels. */
export function renderAccountPage(page: OpenPage, { section, lead, alert, body }: AccountPage) {
  const { frame, prefix } = page
  const texts = textsOf(frame)
  const { email } = userContext(page).principal.profile
  return renderDocument({
    title: `${texts.account[section]} · ${frame.tenant.name}`,
    layout: 'account-page',
    styleSheets: ['pages.css', 'account.css'],
    ...brandSheetOf(frame),
    language: frame.language,
    scripts: ['pages.js'],
    body: html`<a class="skip" href="#content">${texts.frame.skip}</a>
<header class="account-bar"><div>
<a class="page-brand" href="${prefix}/account">${renderTenantBrand(frame)}</a>
<div class="who"><span class="address">${email}</span><a href="${prefix}/sign-out">${texts.account.signOut}</a></div>
</div></header>
<div class="account-columns">
${renderMenu(texts, prefix, section)}
<main id="content">
<h1 class="page-title">${texts.account[section]}</h1>
<p class="lead">${lead}</p>
${renderAlert(alert)}
${body}
</main>
</div>
${renderFooter(frame)}`,
  })
}

function renderMenu(texts: Texts, prefix: string, current: Section): Html {
  return html`<nav class="account-menu" aria-label="${texts.account.navigation}"><ul>${Object.entries(
    SECTIONS,
  ).map(
    ([section, path]) =>
      html`<li><a href="${prefix}${path}"${section === current ? html` aria-current="page"` : undefined}>${texts.account[section as Section]}</a></li>`,
  )}</ul></nav>`
}

export interface Row {
  readonly title: string
  readonly badge?: { readonly text: string; readonly isBad: boolean } | undefined
  readonly details: string
  /** Below the details, one to a line. */
  readonly entries?: readonly string[]
  readonly actions?: Html
}

export function renderRows(rows: readonly Row[]): Html {
  return html`<ul class="rows">${rows.map(
    ({ title, badge, details, entries = [], actions }) =>
      html`<li class="row"><div class="row-text"><p class="row-title">${title}${badge === undefined ? undefined : html` <span class="badge${badge.isBad ? ' bad' : ''}">${badge.text}</span>`}</p><p class="row-details">${details}</p>${renderEntries(entries)}</div>${actions === undefined ? undefined : html`<div class="row-actions">${actions}</div>`}</li>`,
  )}</ul>`
}

function renderEntries(entries: readonly string[]): Html | undefined {
  if (entries.length === 0) return undefined
  return html`<ul class="grants">${entries.map((entry) => html`<li>${entry}</li>`)}</ul>`
}

export function renderEmpty(title: string, text?: string): Html {
  return html`<div class="empty"><p>${title}</p>${text === undefined ? undefined : html`<p>${text}</p>`}</div>`
}

export function renderPanel(title: string, lead: string, body: Html): Html {
  return html`<section class="panel"><h2>${title}</h2><p class="lead">${lead}</p>${body}</section>`
}

/** In the words of the language; times are those of UTC, since the server knows no other. */
export function formatDate(page: OpenPage, date: Date): string {
  return new Intl.DateTimeFormat(page.frame.language.tag, {
    dateStyle: 'medium',
    timeZone: 'UTC',
  }).format(date)
}

export function formatTime(page: OpenPage, date: Date): string {
  return formatTimeIn(page.frame.language.tag, date)
}
