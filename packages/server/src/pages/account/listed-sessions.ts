import type { ListedSession } from '../../domains/sessions/index.ts'
import { textsOf } from '../design/page-frame.ts'
import { nameDevice } from '../language/name-device.ts'
import { fill } from '../language/texts.ts'
import { type OpenPage, userContext } from '../open-page.ts'
import { formatTime } from './render-account-page.ts'

/** The sessions that the page of an account shows, newest first. */
export function listShownSessions(page: OpenPage): Promise<ListedSession[]> {
  const { sessions } = page.services
  return sessions.list(userContext(page), { after: undefined, limit: MOST_SHOWN })
}

/** Its name, or its device where it has none. */
export function titleOfSession(page: OpenPage, session: ListedSession): string {
  return session.name ?? deviceOf(page, session)
}

/** What tells a session from others. The device is in it if the title does not say it. */
export function detailsOfSession(page: OpenPage, session: ListedSession): string {
  if (session.name === undefined) return circumstances(page, session)
  return describeSession(page, session)
}

export function describeSession(page: OpenPage, session: ListedSession): string {
  return `${deviceOf(page, session)} · ${circumstances(page, session)}`
}

function deviceOf(page: OpenPage, { deviceLabel }: ListedSession): string {
  return nameDevice(textsOf(page.frame), deviceLabel)
}

function circumstances(page: OpenPage, session: ListedSession): string {
  const { account } = textsOf(page.frame)
  const { place, sourceIp } = session
  const since = fill(account.activeSince, { date: formatTime(page, session.createdAt) })
  const seen = fill(account.lastSeen, { date: formatTime(page, session.lastSeenAt) })
  return `${since} · ${seen} · ${place === undefined ? sourceIp : `${sourceIp} (${place})`}`
}

const MOST_SHOWN = 50
