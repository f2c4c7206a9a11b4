import type { TenantPolicy } from '../../kernel/index.ts'
import type { PlaceFinder } from '../../platform/geo/index.ts'
import { createNetworkList, type NetworkList } from '../../platform/networks/index.ts'

/** Why nobody may act for a user from an address; for the audit trail, never for the caller. */
export type SourceRefusal =
  | 'network_denied'
  | 'network_not_allowed'
  | 'country_denied'
  | 'country_not_allowed'
  | 'country_unknown'

type SourceRules = Pick<
  TenantPolicy,
  'ipDenyList' | 'ipAllowList' | 'countryDenyList' | 'countryAllowList'
>

/**
 * Judges an address by the lists of its tenant. A network that is denied stays denied; one that is
 * allowed by name is not asked for its country: an office, or a private network, which is nowhere.
 *
 * INVARIANT I8: what can't be judged is refused. An unknown country is on no allow list; and without
 * any data (`places` undefined) it is not known whether it is denied.
 */
export function findSourceRefusal(
  rules: SourceRules,
  ip: string,
  places: Pick<PlaceFinder, 'locate'> | undefined,
): SourceRefusal | undefined {
  const { ipDenyList, ipAllowList, countryDenyList, countryAllowList } = rules
  if (ipDenyList.length > 0 && listOf(ipDenyList).has(ip)) return 'network_denied'
  if (ipAllowList.length > 0) return listOf(ipAllowList).has(ip) ? undefined : 'network_not_allowed'
  if (!hasCountryRules(rules)) return undefined
  if (places === undefined) return 'country_unknown'
  const { country } = places.locate(ip)
  if (country !== undefined && countryDenyList.includes(country)) return 'country_denied'
  if (countryAllowList.length === 0) return undefined
  if (country === undefined) return 'country_unknown'
  return countryAllowList.includes(country) ? undefined : 'country_not_allowed'
}

function hasCountryRules({
  countryDenyList,
  countryAllowList,
}: Pick<SourceRules, 'countryDenyList' | 'countryAllowList'>): boolean {
  return countryDenyList.length > 0 || countryAllowList.length > 0
}

/** Policies are remembered for a while, and so is what was made of their lists. */
function listOf(networks: readonly string[]): NetworkList {
  const known = lists.get(networks)
  if (known !== undefined) return known
  const made = createNetworkList(networks)
  lists.set(networks, made)
  return made
}

const lists = new WeakMap<readonly string[], NetworkList>()
