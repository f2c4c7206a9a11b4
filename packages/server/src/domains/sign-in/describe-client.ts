import type { RequestContext } from '../../kernel/index.ts'
import { deviceLabel } from '../devices/index.ts'

/**
 * The kind of program that somebody uses, in words that an update does not change: its family and
 * system, the hints that it sends unasked, the languages that it asks for.
 * @returns undefined for what says nothing of itself
 */
export function describeClient({ source }: RequestContext): string | undefined {
  const { userAgent, clientHints, languages = [] } = source
  if (userAgent === undefined) return undefined
  return [deviceLabel(userAgent), clientHints ?? '', ...languages].join('|')
}
