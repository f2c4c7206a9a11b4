import type { RequestContext, TenantPolicy } from '../../kernel/index.ts'
import type { PlaceFinder } from '../../platform/geo/index.ts'
import { canonicalAddress } from '../../platform/networks/index.ts'
import { tenantErrors } from './errors.ts'
import type { TenantSettingsPatch } from './settings.ts'
import { findSourceRefusal } from './source-rules.ts'

/**
 * A rule that nothing can apply would refuse everybody.
 * @throws country_rules_unavailable
 */
export function checkCountriesKnown(
  settings: TenantSettingsPatch | undefined,
  places: PlaceFinder | undefined,
): void {
  if (places !== undefined) return
  const { country_deny_list: denied = [], country_allow_list: allowed = [] } = settings ?? {}
  if (denied.length + allowed.length > 0) throw tenantErrors.country_rules_unavailable()
}

interface SourceChange {
  readonly settings?: TenantSettingsPatch | undefined
  readonly excludesOwnSource?: boolean | undefined
}

/**
 * Whoever changes the lists from an address that they will refuse is told before, and may insist:
 * a slip would otherwise keep out the one who could undo it. A process of our own has no address.
 * @throws own_source_excluded, which undoes the change
 */
export function checkOwnSource(
  { source }: RequestContext,
  { change, policy }: { readonly change: SourceChange; readonly policy: TenantPolicy },
  places: PlaceFinder | undefined,
): void {
  if (change.excludesOwnSource === true || !changesLists(change.settings)) return
  if (canonicalAddress(source.ip) === undefined) return
  const refusal = findSourceRefusal(policy, source.ip, places)
  if (refusal !== undefined) throw tenantErrors.own_source_excluded({ internal: refusal })
}

function changesLists(settings: TenantSettingsPatch | undefined): boolean {
  return SOURCE_LISTS.some((list) => settings?.[list] !== undefined)
}

const SOURCE_LISTS = [
  'ip_deny_list',
  'ip_allow_list',
  'country_deny_list',
  'country_allow_list',
] as const
