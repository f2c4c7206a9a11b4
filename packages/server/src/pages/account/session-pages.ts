import { parseId } from '../../kernel/index.ts'
import { type ListedSession, sessionErrors } from '../../domains/sessions/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { renderButton, renderForm, renderLinkButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, comeBack, doneAlert } from './account-page-route.ts'
import { forgetDevice, renderDevices } from './device-panel.ts'
import { detailsOfSession, listShownSessions, titleOfSession } from './listed-sessions.ts'
import { renderAccountPage, renderEmpty, renderRows } from './render-account-page.ts'

/** Where somebody is signed in. */
export function sessionPages(services: PageServices): readonly PageRoute[] {
  const { read, change, changeRecent } = accountRoutes(services)
  return [
    read('/account/sessions', async (page) => show(page, await render(page, doneAlert(page)))),
    changeRecent('/account/sessions/end', 'end-session', endOne),
    change('/account/sessions/forget-device', 'remove-device', forgetDevice),
    changeRecent('/account/sessions/end-others', 'end-other-sessions', async (page) => {
      await page.services.sessions.endOthers(userContext(page))
      return comeBack(page, '/account/sessions', 'othersEnded')
    }),
  ]
}

async function endOne(page: OpenPage): Promise<PageReply> {
  const gone = await render(page, undefined)
  return attempt(
    page,
    async () => {
      const id = parseId('ses', page.visit.form['session_id'] ?? '')
      if (id === undefined) throw sessionErrors.session_not_found()
      await page.services.sessions.end(userContext(page), id)
      return comeBack(page, '/account/sessions', 'sessionEnded')
    },
    () => gone,
  )
}

async function render(page: OpenPage, alert: Alert | undefined): Promise<string> {
  const context = userContext(page)
  const { account } = textsOf(page.frame)
  const all = await listShownSessions(page)
  const isCurrent = ({ id }: ListedSession) => id === context.principal.sessionId
  const sorted = [...all.filter(isCurrent), ...all.filter((session) => !isCurrent(session))]
  const rows = sorted.map((session) => ({
    title: titleOfSession(page, session),
    badge: isCurrent(session) ? { text: account.thisDevice, isBad: false } : undefined,
    details: detailsOfSession(page, session),
    actions: html`${renderRenameLink(page, session)}${isCurrent(session) ? undefined : renderEnd(page, session)}`,
  }))
  return renderAccountPage(page, {
    section: 'sessions',
    lead: account.sessionsLead,
    alert,
    body: html`<section class="panel" aria-label="${account.sessions}">${renderRows(rows)}
${all.length > 1 ? renderEndOthers(page) : renderEmpty(account.noOthers)}</section>
${await renderDevices(page)}`,
  })
}

function renderRenameLink({ frame, prefix }: OpenPage, { id }: ListedSession): Html {
  return renderLinkButton(`${prefix}/account/sessions/${id}/rename`, textsOf(frame).account.rename)
}

function renderEnd({ frame, prefix }: OpenPage, session: ListedSession): Html {
  return renderForm(frame, {
    action: `${prefix}/account/sessions/end`,
    hidden: { session_id: session.id },
    body: renderButton({ label: textsOf(frame).account.endSession, kind: 'secondary' }),
  })
}

function renderEndOthers({ frame, prefix }: OpenPage): Html {
  return renderForm(frame, {
    action: `${prefix}/account/sessions/end-others`,
    body: renderButton({ label: textsOf(frame).account.endOthers, kind: 'secondary' }),
  })
}
