import type { ClientId, Secret } from '../../../kernel/index.ts'
import type { ClientMetadataInput } from './metadata-schema.ts'
import type { ClientAuthMethod, ClientProfile, GrantType } from './profiles.ts'

export type ClientStatus = 'active' | 'disabled'

/** What a client registered, completed by its profile and found to fit together. */
export type ClientMetadata = ClientMetadataInput & {
  readonly redirect_uris: readonly string[]
  readonly grant_types: readonly GrantType[]
  readonly token_endpoint_auth_method: ClientAuthMethod
  readonly scope: string
}

export interface Client {
  readonly id: ClientId
  readonly profile: ClientProfile
  readonly name: string
  readonly status: ClientStatus
  /** Belongs to whoever runs the tenant: users are not asked for consent. */
  readonly isFirstParty: boolean
  readonly metadata: ClientMetadata
  /** Counts the changes; its entity tag. */
  readonly version: number
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A client with the hashes of the secrets that work now. */
export interface ClientWithSecrets extends Client {
  readonly secretHashes: readonly Buffer[]
}

export interface NewClient {
  readonly profile: ClientProfile
  readonly name: string
  readonly isFirstParty?: boolean | undefined
  readonly metadata?: ClientMetadataInput | undefined
}

/** What a client already calls itself by: one of a demonstration, or of another server. */
export interface KnownCredentials {
  readonly id: ClientId
  /** Of no use to a client that proves itself by other means. */
  readonly secret?: Secret<string> | undefined
}

/** Which client, and in which state: its entity tag is one of those, if any are named. */
export interface ClientReference {
  readonly id: ClientId
  readonly ifMatch?: readonly string[] | undefined
}

/** Another one after each change. @see RFC 9110 §8.8.3 */
export function entityTagOf({ version }: Client): string {
  return String(version)
}

export interface ClientChange {
  readonly name?: string | undefined
  readonly status?: ClientStatus | undefined
  readonly isFirstParty?: boolean | undefined
  /** Replaces the whole registration. */
  readonly metadata?: ClientMetadataInput | undefined
}

export interface CreatedClient {
  readonly client: Client
  /** Shown once; undefined if the client proves itself by other means. */
  readonly secret: Secret<string> | undefined
}
