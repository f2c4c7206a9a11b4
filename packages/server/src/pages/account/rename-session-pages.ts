import {
  type ListedSession,
  renameSessionSchema,
  sessionErrors,
} from '../../domains/sessions/index.ts'
import { parseId } from '../../kernel/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import type { Alert } from '../design/alert.ts'
import { textsOf } from '../design/page-frame.ts'
import { attempt, type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes, comeBack } from './account-page-route.ts'
import { describeSession, listShownSessions } from './listed-sessions.ts'
import { renderRenamePage } from './render-rename-page.ts'

export function renameSessionPages(services: PageServices): readonly PageRoute[] {
  const { read, change } = accountRoutes(services)
  return [
    read('/account/sessions/{id}/rename', async (page) =>
      show(page, render(page, await getSession(page))),
    ),
    change('/account/sessions/{id}/rename', 'rename-session', rename),
  ]
}

async function rename(page: OpenPage): Promise<PageReply> {
  return attempt(
    page,
    async () => {
      const id = parseId('ses', page.visit.query['id'] ?? '')
      if (id === undefined) throw sessionErrors.session_not_found()
      const { name = '' } = page.visit.form
      const parsed = renameSessionSchema.safeParse({ name: name.trim() === '' ? null : name })
      if (!parsed.success) throw httpErrors.invalid_request()
      const { sessions } = page.services
      await sessions.rename(userContext(page), id, parsed.data.name ?? undefined)
      return comeBack(page, '/account/sessions', 'saved')
    },
    async (alert) => render(page, await getSession(page), alert),
  )
}

/** @throws session_not_found for one that the page of sessions does not show */
async function getSession(page: OpenPage): Promise<ListedSession> {
  const id = parseId('ses', page.visit.query['id'] ?? '')
  const shown = await listShownSessions(page)
  const found = shown.find((session) => session.id === id)
  if (found === undefined) throw sessionErrors.session_not_found()
  return found
}

function render(page: OpenPage, session: ListedSession, alert?: Alert): string {
  const { account } = textsOf(page.frame)
  return renderRenamePage(page.frame, {
    title: account.renameSessionTitle,
    lead: describeSession(page, session),
    label: account.sessionName,
    hint: account.sessionNameHint,
    isOptional: true,
    value: page.visit.form['name'] ?? session.name,
    action: `${page.prefix}/account/sessions/${session.id}/rename`,
    cancelHref: `${page.prefix}/account/sessions`,
    alert,
  })
}
