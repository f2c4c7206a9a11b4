import { createHash } from 'node:crypto'
import type { ListEntry } from './model.ts'
import { isWithinOneSlip, nameTokens } from './name-tokens.ts'
import { MATCHING_VERSION, SHORTEST_FUZZY_TOKEN } from './policy.ts'
import type { ScreeningPort } from './ports.ts'

interface ListedName {
  readonly entryId: string
  readonly tokens: readonly string[]
}

/**
 * A list in memory. A name resembles a listed one if it has every word of it, each a word of its own,
 * with one slip in longer words; words beside them (middle names) do not matter. A listed name of one
 * word counts only where it is the whole name: otherwise everybody with that first name would be hit.
 */
export function createSanctionsList(entries: readonly ListEntry[]): ScreeningPort {
  const index = new NameIndex(entries)
  const digest = createHash('sha256')
    .update(JSON.stringify([MATCHING_VERSION, entries]))
    .digest('hex')
  return { digest, find: async (name) => index.find(name).map((entryId) => ({ entryId })) }
}

/** Names by their rarest word, and words by what one slip leaves of them. */
class NameIndex {
  readonly #names = new Map<string, ListedName[]>()
  readonly #similar = new Map<string, string[]>()

  constructor(entries: readonly ListEntry[]) {
    const names = entries.flatMap(namesOf)
    const frequency = countTokens(names)
    for (const token of frequency.keys()) {
      if (isFuzzy(token)) for (const key of slipKeys(token)) addTo(this.#similar, key, token)
    }
    for (const name of names) addTo(this.#names, rarestOf(name.tokens, frequency), name)
  }

  /** Ids of entries, in alphabetical order. */
  find(name: string): readonly string[] {
    const given = nameTokens(name)
    const words = new Set(given.flatMap((token) => [token, ...this.#similarTo(token)]))
    const found = new Set<string>()
    for (const word of words) {
      for (const { entryId, tokens } of this.#names.get(word) ?? []) {
        if (isListed(tokens, given)) found.add(entryId)
      }
    }
    return [...found].sort()
  }

  #similarTo(token: string): readonly string[] {
    const candidates = slipKeys(token).flatMap((key) => this.#similar.get(key) ?? [])
    return candidates.filter((listed) => isWithinOneSlip(listed, token))
  }
}

function namesOf({ id, name, aliases }: ListEntry): readonly ListedName[] {
  return [name, ...aliases]
    .map((text) => ({ entryId: id, tokens: nameTokens(text) }))
    .filter(({ tokens }) => tokens.length > 0)
}

function countTokens(names: readonly ListedName[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { tokens } of names) {
    for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  return counts
}

function rarestOf(tokens: readonly string[], counts: ReadonlyMap<string, number>): string {
  const frequencyOf = (token: string) => counts.get(token) ?? 0
  return tokens.reduce((rarest, token) =>
    frequencyOf(token) < frequencyOf(rarest) ? token : rarest,
  )
}

/** A slip in a word of five letters or more leaves the first two letters or the last two. */
function slipKeys(token: string): readonly string[] {
  return [`${token.slice(0, 2)}-`, `-${token.slice(-2)}`]
}

function isFuzzy(listed: string): boolean {
  return listed.length >= SHORTEST_FUZZY_TOKEN
}

function isListed(listed: readonly string[], given: readonly string[]): boolean {
  if (listed.length === 1) return given.length === 1 && given[0] === listed[0]
  if (listed.length > given.length) return false
  return hasAssignment(listed, given)
}

/** Whether each listed word has a given word of its own (augmenting paths). */
function hasAssignment(listed: readonly string[], given: readonly string[]): boolean {
  const takenBy = new Map<number, number>()
  const assign = (index: number, tried: Set<number>): boolean =>
    given.some((token, place) => {
      if (tried.has(place) || !isSame(listed[index] ?? '', token)) return false
      tried.add(place)
      const holder = takenBy.get(place)
      if (holder !== undefined && !assign(holder, tried)) return false
      takenBy.set(place, index)
      return true
    })
  return listed.every((_, index) => assign(index, new Set()))
}

function isSame(listed: string, given: string): boolean {
  return listed === given || (isFuzzy(listed) && isWithinOneSlip(listed, given))
}

function addTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
