import { fromUuid, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'

/** A user whom a client names, without the user being there: CIBA only. */
export interface NamedUser {
  readonly id: UserId
  readonly email: string
  readonly emailVerifiedAt: Date | undefined
  readonly displayName: string | undefined
  readonly locale: string | undefined
  readonly updatedAt: Date
}

interface NamedUserRow {
  id: string
  email: string
  email_verified_at: Date | null
  display_name: string | null
  locale: string | null
  updated_at: Date
  status: string
}

export function findUserByEmail(emailKey: string): Statement<NamedUserRow> {
  return sql<NamedUserRow>`
    SELECT id, email, email_verified_at, display_name, locale, updated_at,
           status
      FROM users
     WHERE tenant_id = current_tenant_id() AND email_key = ${emailKey}
       AND status = 'active' AND email_verified_at IS NOT NULL`
}

export function findUserById(id: UserId): Statement<NamedUserRow> {
  return sql<NamedUserRow>`
    SELECT id, email, email_verified_at, display_name, locale, updated_at,
           status
      FROM users
     WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`
}

export function toNamedUser(row: NamedUserRow): NamedUser {
  return {
    id: fromUuid('usr', row.id),
    email: row.email,
    emailVerifiedAt: row.email_verified_at ?? undefined,
    displayName: row.display_name ?? undefined,
    locale: row.locale ?? undefined,
    updatedAt: row.updated_at,
  }
}
