export type EgressFailure =
  /** Not https, or with a user name in it. */
  | 'url_refused'
  /** The host stands for an address that requests may not go to. */
  | 'address_refused'
  | 'redirect_refused'
  | 'too_large'
  | 'timeout'
  /** No such host, no connection, no valid certificate, or a connection that broke. */
  | 'unreachable'

/** Why there is no answer. The message names the host, never path or query: these may be secret. */
export class EgressError extends Error {
  readonly failure: EgressFailure

  constructor(failure: EgressFailure, host: string, cause?: unknown) {
    super(`request to \`${host}\`: ${failure}`, { cause })
    this.name = 'EgressError'
    this.failure = failure
  }
}
