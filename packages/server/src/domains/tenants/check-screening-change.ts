import { tenantErrors } from './errors.ts'
import type { TenantSettingsPatch } from './settings.ts'

/**
 * Screening against nothing would refuse every name.
 * @throws sanctions_list_unavailable
 */
export function checkListKnown(settings: TenantSettingsPatch | undefined, hasList: boolean): void {
  if (hasList || (settings?.sanctions_screening ?? 'off') === 'off') return
  throw tenantErrors.sanctions_list_unavailable()
}
