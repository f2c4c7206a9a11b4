import type { Route } from '../../packages/server/src/platform/http/index.ts'

export function groupByTag(routes: readonly Route[], order: readonly string[]) {
  const groups = Map.groupBy(routes, (route) => route.tag)
  const known = order.filter((tag) => groups.has(tag))
  const others = [...groups.keys()].filter((tag) => !order.includes(tag))
  return [...known, ...others].map((tag) => [tag, groups.get(tag) ?? []] as const)
}

export function describeAddress(route: Route): string {
  const prefix = route.operatorOnly === true ? '' : '/t/{tenant}'
  return `\`${route.method} ${prefix}${route.path}\``
}

export function describeAuth({ auth }: Route): string {
  switch (auth.kind) {
    case 'public':
      return `public: ${auth.reason}`
    case 'user':
      return 'any signed-in user'
    case 'permission':
      return `\`${auth.permission}\``
    case 'client':
      return `an OAuth client with the scope ${auth.scopes.map((one) => `\`${one}\``).join(' or ')}`
  }
}

export function describeLimit({ rateLimit: { limit, window, by } }: Route): string {
  return `${limit} in ${describeWindow(window.milliseconds / 1000)} for each ${KEYS[by]}`
}

export function describeAudit({ audit }: Route): string {
  if ('none' in audit) return `none: ${audit.none}`
  return audit.events
    .map((event) => `[\`${event}\`](audit-events.md#${anchorOf(event)})`)
    .join(', ')
}

/** As GitHub makes it of a heading in code style. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_-]/gu, '')
}

function describeWindow(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? 'an hour' : `${seconds / 3600} hours`
  if (seconds % 60 === 0) return seconds === 60 ? 'a minute' : `${seconds / 60} minutes`
  return `${seconds} seconds`
}

const KEYS = { source: 'source', principal: 'user or client' } as const
