/** Which certificates of clients this deployment can see. @see RFC 8705 */
export interface MutualTls {
  /** Whether any gets here: by our own TLS, or told by a trusted proxy. */
  readonly isOffered: boolean
  /** Whether anybody verifies that one leads to an authority. */
  readonly isVerified: boolean
  /** Origin that asks clients for them. */
  readonly baseUrl: string
}
