/** What each OpenID Connect scope tells a client. @see OIDC Core §5.4 */
export const CLAIMS_BY_SCOPE = {
  openid: ['sub', 'sid', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
}

export const OIDC_SCOPES: ReadonlySet<string> = new Set([
  ...Object.keys(CLAIMS_BY_SCOPE),
  'offline_access',
])
