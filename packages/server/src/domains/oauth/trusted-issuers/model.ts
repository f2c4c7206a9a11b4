import type { ClientId, Id } from '../../../kernel/index.ts'

export type TrustedIssuerId = Id<'tis'>

/** How the subject of an assertion leads to a user: by our id of them, or by a verified address. */
export type SubjectMapping = 'user_id' | 'email'

/** Who may say about users of the tenant who they are, to which clients, for what. */
export interface TrustedIssuer {
  readonly id: TrustedIssuerId
  /** `iss` of its assertions, compared as text. */
  readonly issuer: string
  /** Public keys; undefined where they are published at `jwksUri`. */
  readonly jwks: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined
  readonly jwksUri: string | undefined
  readonly subjectMapping: SubjectMapping
  readonly clientIds: readonly ClientId[]
  /** No token has more. */
  readonly scopes: readonly string[]
  readonly createdAt: Date
}

export type NewTrustedIssuer = Omit<TrustedIssuer, 'id' | 'createdAt'>
