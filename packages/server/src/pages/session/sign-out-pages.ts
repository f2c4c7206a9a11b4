import { minutes } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm, renderLinkButton } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { fill } from '../language/texts.ts'
import { addressOf, goTo, openPage, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'

const rateLimit = { name: 'sign-out', limit: 60, window: minutes(1), by: 'source' } as const

/** Signing out, which a link alone never does: another site could make one. */
export function signOutPages(services: PageServices): readonly PageRoute[] {
  return [
    {
      method: 'GET',
      path: '/sign-out',
      auth: { kind: 'user', whileOwing: true },
      rateLimit: { ...rateLimit, name: 'sign-out-page' },
      handler: async (visit) => ask(await openPage(services, visit)),
    },
    {
      method: 'POST',
      path: '/sign-out',
      auth: { kind: 'user', whileOwing: true },
      rateLimit,
      handler: async (visit) => signOut(await openPage(services, visit)),
    },
    {
      method: 'GET',
      path: '/signed-out',
      auth: { kind: 'anyone' },
      rateLimit: { ...rateLimit, name: 'sign-out-page' },
      handler: async (visit) => showSignedOut(await openPage(services, visit)),
    },
  ]
}

function ask(page: OpenPage): PageReply {
  const { frame } = page
  const texts = textsOf(frame).signIn
  const { email } = userContext(page).principal.profile
  const body = renderCardPage(frame, {
    title: texts.signOutTitle,
    body: html`<h1>${texts.signOutTitle}</h1>
<p class="lead">${fill(texts.signOutLead, { email })}</p>
${renderForm(frame, {
  action: `${page.prefix}/sign-out`,
  body: html`<div class="buttons">${renderButton({ label: texts.signOutButton })}
${renderButton({ label: texts.signOutEverywhere, kind: 'secondary', name: 'everywhere', value: 'yes' })}</div>`,
})}`,
    below: html`<a href="${page.prefix}/account">${textsOf(frame).frame.cancel}</a>`,
  })
  return show(page, body)
}

async function signOut(page: OpenPage): Promise<PageReply> {
  const context = userContext(page)
  const { sessions } = page.services
  if (page.visit.form['everywhere'] === 'yes') await sessions.endAll(context)
  else await sessions.endCurrent(context)
  return goTo(addressOf(page, '/signed-out'), [{ name: 'session', value: undefined }])
}

function showSignedOut(page: OpenPage): PageReply {
  const texts = textsOf(page.frame)
  const more = html`<p class="actions">${renderLinkButton(addressOf(page, '/sign-in'), texts.oauth.signInAgain)}</p>`
  const { signedOutTitle: title, signedOutLead: lead } = texts.signIn
  return show(page, renderNoticePage(page.frame, { title, lead, isDone: true, more }))
}
