import type { AuditEvent } from '../../domains/audit/index.ts'
import { parseId } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { renderLinkButton } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { html } from '../html.ts'
import { lookUp } from '../language/texts.ts'
import { type OpenPage, show, userContext } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { accountRoutes } from './account-page-route.ts'
import { formatTime, renderAccountPage, renderEmpty, renderRows } from './render-account-page.ts'

/** What the audit trail says about somebody's own doings, in words for people. */
export function activityPage(services: PageServices): PageRoute {
  return accountRoutes(services).read('/account/activity', render)
}

async function render(page: OpenPage): Promise<PageReply> {
  const { account, activities } = textsOf(page.frame)
  const before = parseId('evt', page.visit.query['before'] ?? '')
  const found = await page.services.listOwnEvents(userContext(page), {
    actions: Object.keys(activities),
    before,
    limit: EVENTS_PER_PAGE + 1,
  })
  const events = found.slice(0, EVENTS_PER_PAGE)
  const rows = events.flatMap((event) => toRow(page, event))
  const last = found.length > EVENTS_PER_PAGE ? events.at(-1) : undefined
  const body = renderAccountPage(page, {
    section: 'activity',
    lead: account.activityLead,
    body: html`<section class="panel" aria-label="${account.activity}">${rows.length === 0 ? renderEmpty(account.noActivity) : renderRows(rows)}
${last === undefined ? undefined : html`<div class="buttons">${renderLinkButton(`${page.prefix}/account/activity?before=${last.id}`, account.older)}</div>`}</section>`,
  })
  return show(page, body)
}

function toRow(page: OpenPage, { action, outcome, occurredAt, sourceIp }: AuditEvent) {
  const { activities, account } = textsOf(page.frame)
  const title = lookUp(activities, action)
  if (title === undefined) return []
  const badge = outcome === 'refused' ? { text: account.refusedMark, isBad: true } : undefined
  return [{ title, badge, details: `${formatTime(page, occurredAt)} · ${sourceIp}` }]
}

const EVENTS_PER_PAGE = 40
