import { fromUuid, toUuid, type UserId } from '../../kernel/index.ts'
import { type Statement, sql, type Tx } from '../../platform/db/index.ts'
import type { Device, DeviceId } from './model.ts'

/** A device at the moment of a sign-in. */
export interface SeenDevice {
  /** Of the row, if there is none yet. */
  readonly id: DeviceId
  readonly userId: UserId
  readonly hash: Buffer
  readonly label: string
  readonly sourceIp: string
  readonly place: string | undefined
  readonly seenAt: Date
  readonly expiresAt: Date
  readonly trustedUntil: Date | undefined
}

export interface NotedRow {
  readonly id: string
  readonly email_key: string
  readonly locale: string | null
  /** The user has signed in on another device, or at another time. */
  readonly is_further: boolean
}

/**
 * Notes a device whose cookie came back, or that is trusted. A row that has expired counts for
 * nothing, so it begins anew.
 */
export function noteEstablishedDevice(seen: SeenDevice): Statement<NotedRow> {
  const trustedAt = seen.trustedUntil === undefined ? null : seen.seenAt
  return sql<NotedRow>`
    INSERT INTO devices AS d
           (tenant_id, id, user_id, device_hash, label, source_ip, place, first_seen_at,
            last_seen_at, expires_at, is_established, trusted_at, trusted_until)
    VALUES (current_tenant_id(), ${toUuid(seen.id)}, ${toUuid(seen.userId)}, ${seen.hash},
            ${seen.label}, ${seen.sourceIp}, ${seen.place}, ${seen.seenAt}, ${seen.seenAt},
            ${seen.expiresAt}, true, ${trustedAt}, ${seen.trustedUntil})
    ON CONFLICT (tenant_id, user_id, device_hash) DO UPDATE SET
      id = CASE WHEN d.expires_at <= ${seen.seenAt} THEN EXCLUDED.id ELSE d.id END,
      first_seen_at = CASE WHEN d.expires_at <= ${seen.seenAt} THEN EXCLUDED.first_seen_at
                           ELSE d.first_seen_at END,
      last_seen_at = GREATEST(d.last_seen_at, EXCLUDED.last_seen_at),
      expires_at = GREATEST(d.expires_at, EXCLUDED.expires_at),
      label = EXCLUDED.label, source_ip = EXCLUDED.source_ip, place = EXCLUDED.place,
      is_established = true,
      trusted_at = COALESCE(EXCLUDED.trusted_at, d.trusted_at),
      trusted_until = COALESCE(EXCLUDED.trusted_until, d.trusted_until)
    RETURNING id, (SELECT u.email_key FROM users u
                WHERE u.tenant_id = current_tenant_id() AND u.id = d.user_id) AS email_key,
           (SELECT u.locale FROM users u
                WHERE u.tenant_id = current_tenant_id() AND u.id = d.user_id) AS locale,
              EXISTS (SELECT FROM devices o
                       WHERE o.tenant_id = current_tenant_id() AND o.user_id = d.user_id
                         AND o.id <> d.id)
                OR EXISTS (SELECT FROM sessions s
                            WHERE s.tenant_id = current_tenant_id() AND s.user_id = d.user_id)
                AS is_further`
}

/**
 * Notes a sign-in that brought no cookie. It takes the place of the last one of the same kind from
 * the same address whose cookie never came back: a program without a cookie jar.
 */
export function noteUnestablishedDevice(seen: SeenDevice): Statement<NotedRow> {
  return sql<NotedRow>`
    INSERT INTO devices AS d
           (tenant_id, id, user_id, device_hash, label, source_ip, place, first_seen_at,
            last_seen_at, expires_at, is_established)
    VALUES (current_tenant_id(), ${toUuid(seen.id)}, ${toUuid(seen.userId)}, ${seen.hash},
            ${seen.label}, ${seen.sourceIp}, ${seen.place}, ${seen.seenAt}, ${seen.seenAt},
            ${seen.expiresAt}, false)
    ON CONFLICT (tenant_id, user_id, label, source_ip) WHERE NOT is_established DO UPDATE SET
      id = CASE WHEN d.expires_at <= ${seen.seenAt} THEN EXCLUDED.id ELSE d.id END,
      first_seen_at = CASE WHEN d.expires_at <= ${seen.seenAt} THEN EXCLUDED.first_seen_at
                           ELSE d.first_seen_at END,
      device_hash = EXCLUDED.device_hash,
      last_seen_at = GREATEST(d.last_seen_at, EXCLUDED.last_seen_at),
      expires_at = GREATEST(d.expires_at, EXCLUDED.expires_at), place = EXCLUDED.place
    RETURNING id, (SELECT u.email_key FROM users u
                WHERE u.tenant_id = current_tenant_id() AND u.id = d.user_id) AS email_key,
           (SELECT u.locale FROM users u
                WHERE u.tenant_id = current_tenant_id() AND u.id = d.user_id) AS locale,
              EXISTS (SELECT FROM devices o
                       WHERE o.tenant_id = current_tenant_id() AND o.user_id = d.user_id
                         AND o.id <> d.id)
                OR EXISTS (SELECT FROM sessions s
                            WHERE s.tenant_id = current_tenant_id() AND s.user_id = d.user_id)
                AS is_further`
}

/** Whose device, and when it is asked for. */
export interface DeviceKey {
  readonly userId: UserId
  readonly hash: Buffer
  readonly now: Date
}

export async function isTrusted(
  tx: Tx,
  { userId, hash, now }: DeviceKey,
  since: Date,
): Promise<boolean> {
  const row = await tx.first(sql<{ device_id: string }>`
    SELECT device_id FROM trusted_devices(${now}, ${since})
     WHERE user_id = ${toUuid(userId)} AND device_hash = ${hash}`)
  return row !== undefined
}

/** @returns how many were trusted */
export async function endTrustOfUser(tx: Tx, userId: UserId): Promise<number> {
  const ended = await tx.run(sql<{ id: string }>`
    UPDATE devices SET trusted_at = NULL, trusted_until = NULL
     WHERE tenant_id = current_tenant_id() AND user_id = ${toUuid(userId)}
       AND trusted_at IS NOT NULL
    RETURNING id`)
  return ended.length
}

/** @returns its hash; undefined if the user has no such device */
export async function deleteDevice(
  tx: Tx,
  userId: UserId,
  id: DeviceId,
): Promise<Buffer | undefined> {
  const row = await tx.first(sql<{ device_hash: Buffer }>`
    DELETE FROM devices
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)} AND user_id = ${toUuid(userId)}
    RETURNING device_hash`)
  return row?.device_hash
}

export interface DevicePage {
  readonly after: DeviceId | undefined
  readonly limit: number
}

/** Newest first. `since`: see `trusted_devices()`. */
export function listDevicesStatement(
  { userId, now, since }: { readonly userId: UserId; readonly now: Date; readonly since: Date },
  { after, limit }: DevicePage,
): Statement<DeviceRow> {
  const before = after === undefined ? null : toUuid(after)
  return sql<DeviceRow>`
    SELECT d.id, d.device_hash, d.label, d.source_ip, d.place, d.first_seen_at, d.last_seen_at,
           CASE WHEN EXISTS (SELECT FROM trusted_devices(${now}, ${since}) t
                              WHERE t.device_id = d.id) THEN d.trusted_until END AS trusted_until
      FROM devices d
     WHERE d.tenant_id = current_tenant_id() AND d.user_id = ${toUuid(userId)}
       AND d.expires_at > ${now} AND (${before}::uuid IS NULL OR d.id < ${before})
     ORDER BY d.id DESC
     LIMIT ${limit}`
}

export function findUserStatement(userId: UserId): Statement<{ id: string }> {
  return sql<{ id: string }>`
    SELECT id FROM users WHERE tenant_id = current_tenant_id() AND id = ${toUuid(userId)}`
}

export function deleteExpiredDevices(now: Date, limit: number): Statement<{ id: string }> {
  return sql<{ id: string }>`
    DELETE FROM devices
     WHERE tenant_id = current_tenant_id()
       AND id IN (SELECT id FROM devices
                   WHERE tenant_id = current_tenant_id() AND expires_at <= ${now}
                   LIMIT ${limit})
    RETURNING id`
}

export interface DeviceRow {
  readonly id: string
  readonly device_hash: Buffer
  readonly label: string
  readonly source_ip: string
  readonly place: string | null
  readonly first_seen_at: Date
  readonly last_seen_at: Date
  readonly trusted_until: Date | null
}

export function toDevice(row: DeviceRow): Device {
  return {
    id: fromUuid('dev', row.id),
    hash: Buffer.from(row.device_hash),
    label: row.label,
    sourceIp: row.source_ip,
    place: row.place ?? undefined,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    trustedUntil: row.trusted_until ?? undefined,
  }
}
