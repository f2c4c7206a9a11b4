import { type ConnectedApplication, oauthErrors } from '../../domains/oauth/index.ts'
import { parseId } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm, renderLinkButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { fill, lookUp } from '../language/texts.ts'
import { scopeInWords } from '../oauth/scope-in-words.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, comeBack, doneAlert } from './account-page-route.ts'
import { formatDate, renderAccountPage, renderEmpty, renderRows } from './render-account-page.ts'

/** The applications that somebody allowed to act for them. */
export function applicationPages(services: PageServices): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  return [
    read('/account/applications', async (page) => show(page, await render(page, doneAlert(page)))),
    read('/account/applications/{id}/disconnect', askToDisconnect),
    change('/account/applications/{id}/disconnect', 'disconnect-application', disconnect),
  ]
}

async function render(page: OpenPage, alert: Alert | undefined): Promise<string> {
  const { account } = textsOf(page.frame)
  const rows = (await listOwn(page)).map((application) => ({
    title: nameOf(application),
    details: fill(account.allowedSince, { date: formatDate(page, application.createdAt) }),
    entries: permissionsOf(page, application),
    actions: renderLinkButton(
      `${page.prefix}/account/applications/${application.clientId}/disconnect`,
      account.disconnect,
    ),
  }))
  return renderAccountPage(page, {
    section: 'applications',
    lead: account.applicationsLead,
    alert,
    body: html`<section class="panel" aria-label="${account.applications}">${
      rows.length === 0
        ? renderEmpty(account.noApplications, account.noApplicationsLead)
        : renderRows(rows)
    }</section>`,
  })
}

async function askToDisconnect(page: OpenPage): Promise<PageReply> {
  const wanted = page.visit.query['id']
  const found = (await listOwn(page)).find(({ clientId }) => clientId === wanted)
  if (found === undefined) throw oauthErrors.grant_not_found()
  const { frame, prefix } = page
  const { account, frame: common } = textsOf(frame)
  const title = fill(account.disconnectTitle, { client: nameOf(found) })
  const body = renderCardPage(frame, {
    title,
    below: html`<a href="${prefix}/account/applications">${common.cancel}</a>`,
    body: html`<h1>${title}</h1>
<p class="lead">${account.disconnectLead}</p>
${renderForm(frame, {
  action: `${prefix}/account/applications/${found.clientId}/disconnect`,
  body: renderButton({ label: account.disconnect, kind: 'danger' }),
})}`,
  })
  return show(page, body)
}

function disconnect(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const context = userContext(page)
      const id = parseId('cli', page.visit.query['id'] ?? '')
      if (id === undefined) throw oauthErrors.grant_not_found()
      await page.services.oauth.disconnect(context, context.principal.userId, id)
      return comeBack(page, '/account/applications', 'disconnected')
    },
    (alert) => render(page, alert),
  )
}

function listOwn(page: OpenPage): Promise<readonly ConnectedApplication[]> {
  const context = userContext(page)
  return page.services.oauth.listConnected(context, context.principal.userId)
}

/** A client without a name is named by its identifier. */
function nameOf({ clientName, clientId }: ConnectedApplication): string {
  return clientName.trim() === '' ? clientId : clientName
}

function permissionsOf(page: OpenPage, application: ConnectedApplication): readonly string[] {
  const { scopes, claims, resources } = application
  const { account, oauth } = textsOf(page.frame)
  const inWords = (scope: string) => scopeInWords(page.frame, scope)
  return [
    ...scopes.map(inWords),
    ...claims.map((claim) =>
      fill(account.knowsClaim, { claim: lookUp(oauth.claimNames, claim) ?? claim }),
    ),
    ...Object.entries(resources).flatMap(([resource, granted]) =>
      granted.map((scope) => `${inWords(scope)} (${resource})`),
    ),
  ]
}
