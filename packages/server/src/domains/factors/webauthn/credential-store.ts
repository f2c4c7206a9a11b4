import { fromUuid, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../../platform/db/index.ts'
import type {
  AttestedCredential,
  CredentialKey,
  VerifiedAssertion,
  WebAuthnCredential,
  WebAuthnCredentialId,
} from './model.ts'

/** The handle of the user, made with the first registration. */
export async function ensureUserHandle(
  tx: Tx,
  { userId, handle, now }: { userId: UserId; handle: Uint8Array; now: Date },
): Promise<Uint8Array> {
  await tx.run(sql`
    INSERT INTO webauthn_users (tenant_id, user_id, user_handle, created_at)
    VALUES (current_tenant_id(), ${toUuid(userId)}, ${Buffer.from(handle)}, ${now})
    ON CONFLICT (tenant_id, user_id) DO NOTHING`)
  const row = await tx.first(sql<{ user_handle: Buffer }>`
    SELECT user_handle FROM webauthn_users
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}`)
  if (row === undefined) throw new Error('the handle of a user vanished')
  return row.user_handle
}

export interface NewWebAuthnCredential extends Omit<AttestedCredential, 'isUserVerified'> {
  readonly id: WebAuthnCredentialId
  readonly userId: UserId
  readonly name: string
  readonly createdAt: Date
}

/** @returns false if the tenant has a credential with that id already, whoever has it */
export async function insertCredential(tx: Tx, made: NewWebAuthnCredential): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    INSERT INTO webauthn_credentials
           (tenant_id, id, user_id, credential_id, public_key, sign_count, is_backup_eligible,
            is_backed_up, transports, aaguid, attestation_format, name, created_at)
    VALUES (current_tenant_id(), ${toUuid(made.id)}, ${toUuid(made.userId)},
            ${bytesOf(made.credentialId)}, ${Buffer.from(made.publicKey)}, ${made.signCount},
            ${made.isBackupEligible}, ${made.isBackedUp}, ${made.transports}, ${made.aaguid},
            ${made.attestationFormat}, ${made.name}, ${made.createdAt})
    ON CONFLICT (tenant_id, credential_id) DO NOTHING
    RETURNING id`)
  return row !== undefined
}

interface CredentialRow {
  id: string
  user_id: string
  credential_id: Buffer
  name: string
  is_backup_eligible: boolean
  is_backed_up: boolean
  transports: string[]
  aaguid: string
  created_at: Date
  last_used_at: Date | null
  clone_suspected_at: Date | null
}

/** Of one user, oldest first. */
export function listCredentials(userId: UserId): Statement<CredentialRow> {
  return sql<CredentialRow>`
    SELECT id, user_id, credential_id, name, is_backup_eligible, is_backed_up, transports, aaguid,
           created_at, last_used_at, clone_suspected_at
      FROM webauthn_credentials
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
     ORDER BY id`
}

interface OwnCredential {
  readonly id: WebAuthnCredentialId
  readonly userId: UserId
}

export function findCredential({ id, userId }: OwnCredential): Statement<CredentialRow> {
  return sql<CredentialRow>`
    SELECT id, user_id, credential_id, name, is_backup_eligible, is_backed_up, transports, aaguid,
           created_at, last_used_at, clone_suspected_at
      FROM webauthn_credentials
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND user_id = ${toUuid(userId)}`
}

export function renameCredential(
  { id, userId }: OwnCredential,
  name: string,
): Statement<CredentialRow> {
  return sql<CredentialRow>`
    UPDATE webauthn_credentials SET name = ${name}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND user_id = ${toUuid(userId)}
    RETURNING id, user_id, credential_id, name, is_backup_eligible, is_backed_up, transports,
              aaguid, created_at, last_used_at, clone_suspected_at`
}

/** @returns false if the user has no such credential */
export async function deleteCredential(tx: Tx, { id, userId }: OwnCredential): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    DELETE FROM webauthn_credentials
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND user_id = ${toUuid(userId)}
    RETURNING id`)
  return row !== undefined
}

interface KeyRow {
  id: string
  user_id: string
  credential_id: Buffer
  public_key: Buffer
  user_handle: Buffer
}

/** Whoever has it in this tenant. */
export function findCredentialKey(credentialId: string): Statement<KeyRow> {
  return sql<KeyRow>`
    SELECT c.id, c.user_id, c.credential_id, c.public_key, u.user_handle
      FROM webauthn_credentials c
      JOIN webauthn_users u ON u.tenant_id = c.tenant_id AND u.user_id = c.user_id
     WHERE c.tenant_id = current_tenant_id() AND c.credential_id = ${bytesOf(credentialId)}`
}

/**
 * Takes over what a verified assertion says. WebAuthn L3 §7.2 step 22: the counter must grow,
 * unless the authenticator has none. §6.1.3: backup eligibility never changes.
 * INVARIANT: decided in one statement, so that of parallel assertions with one counter at most one
 * gets true.
 */
export async function advanceCredential(
  tx: Tx,
  assertion: VerifiedAssertion,
  now: Date,
): Promise<boolean> {
  const { id, userId, signCount, isBackupEligible, isBackedUp } = assertion
  const row = await tx.first(sql<{ id: string }>`
    UPDATE webauthn_credentials
       SET sign_count = ${signCount}, is_backed_up = ${isBackedUp}, last_used_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND user_id = ${toUuid(userId)}
       AND clone_suspected_at IS NULL AND is_backup_eligible = ${isBackupEligible}
       AND (sign_count < ${signCount}::bigint OR (sign_count = 0 AND ${signCount}::bigint = 0))
    RETURNING id`)
  return row !== undefined
}

/**
 * Blocks the credential for good, if the counter is what speaks against it.
 * @returns false if it was blocked before, is gone, or the counter did grow
 */
export async function suspectClone(
  tx: Tx,
  { id, userId, signCount }: VerifiedAssertion,
  now: Date,
): Promise<boolean> {
  const row = await tx.first(sql<{ id: string }>`
    UPDATE webauthn_credentials SET clone_suspected_at = ${now}
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND user_id = ${toUuid(userId)}
       AND clone_suspected_at IS NULL
       AND sign_count >= ${signCount}::bigint AND (sign_count > 0 OR ${signCount}::bigint > 0)
    RETURNING id`)
  return row !== undefined
}

export function toCredential(row: CredentialRow): WebAuthnCredential {
  return {
    id: fromUuid('wac', row.id),
    userId: fromUuid('usr', row.user_id),
    credentialId: row.credential_id.toString('base64url'),
    name: row.name,
    isBackupEligible: row.is_backup_eligible,
    isBackedUp: row.is_backed_up,
    transports: row.transports,
    aaguid: row.aaguid,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    cloneSuspectedAt: row.clone_suspected_at ?? undefined,
  }
}

export function toCredentialKey(row: KeyRow): CredentialKey {
  return {
    id: fromUuid('wac', row.id),
    userId: fromUuid('usr', row.user_id),
    credentialId: row.credential_id.toString('base64url'),
    publicKey: row.public_key,
    userHandle: row.user_handle,
  }
}

function bytesOf(credentialId: string): Buffer {
  return Buffer.from(credentialId, 'base64url')
}
