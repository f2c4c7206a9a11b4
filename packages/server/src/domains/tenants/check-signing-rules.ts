import { DEFAULT_SIGNING_ALGORITHM, type FieldError, offersAlgorithm } from '../../kernel/index.ts'
import { tenantErrors } from './errors.ts'
import type { TenantSettings } from './settings.ts'

/**
 * A resource server may only name what the tenant signs with: of another algorithm it would never
 * get a token, and nobody would have been told why.
 * @throws tenant_settings_refused naming every resource server
 */
export function checkSigningRules(settings: TenantSettings): void {
  const offered = { signingAlgorithms: settings.signing_algorithms }
  const fields = Object.entries(settings.resource_servers).flatMap(([audience, rules]) => {
    const { access_token_signing_alg: wanted = DEFAULT_SIGNING_ALGORITHM } = rules
    return offersAlgorithm(offered, wanted) ? [] : [refused(audience)]
  })
  if (fields.length > 0) throw tenantErrors.tenant_settings_refused({ fields })
}

function refused(audience: string): FieldError {
  // RFC 6901 §3.
  const name = audience.replaceAll('~', '~0').replaceAll('/', '~1')
  return {
    pointer: `/settings/resource_servers/${name}/access_token_signing_alg`,
    code: 'refused',
    detail: 'none of `signing_algorithms`',
  }
}
