/** RFC 6749 §5.1, OIDC Core §3.1.3.3. */
export interface PlainTokens {
  readonly access_token: string
  /** Seconds. */
  readonly expires_in: number
  readonly id_token?: string | undefined
  readonly refresh_token?: string
  readonly scope: string | undefined
  readonly token_type: 'Bearer'
}

/** Tokens, or what the gate says in their place. */
export interface PlainAnswer {
  readonly status: number
  readonly body: PlainTokens | { readonly error: string; readonly error_description: string }
}
