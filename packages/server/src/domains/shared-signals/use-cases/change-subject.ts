import { type ClientContext, type ClientId, toUuid, type UserId } from '../../../kernel/index.ts'
import { type Statement, sql } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import type { StreamId } from '../model.ts'
import { lockOwnStream } from './own-stream.ts'

/** RFC 9493 §3.2.3. */
export interface IssuerSubject {
  readonly iss: string
  readonly sub: string
}

export interface SubjectChange {
  readonly streamId: string
  readonly subject: IssuerSubject
  readonly change: 'add' | 'remove'
}

/**
 * A stream carries every user that its receiver may hear of (`default_subjects` is `ALL`); a subject
 * that is removed is left out until it is added again.
 *
 * SECURITY: SSF §9.1: a subject that the receiver may not know is answered like one that it may, and
 * changes nothing. Attack: a receiver finds out who has an account here.
 * @throws signal_stream_not_found @see SSF §8.1.3
 */
export async function changeSubject(
  { database, oauth }: Pick<SharedSignalDependencies, 'database' | 'oauth'>,
  context: ClientContext,
  { streamId, subject, change }: SubjectChange,
): Promise<void> {
  const client = context.client.id
  const isOurs = subject.iss === context.tenant.issuer
  const subjects = isOurs ? await oauth.findSubjects(context, client) : undefined
  const user = await subjects?.findUser(subject.sub)
  await database.withTenant(context.tenant.id, async (tx) => {
    const stream = await lockOwnStream(tx, client, streamId)
    if (user === undefined) return
    const changed =
      change === 'remove'
        ? await tx.first(removeSubject(stream.id, { client, user, now: context.clock.now() }))
        : await tx.first(restoreSubject(stream.id, user))
    if (changed === undefined) return
    await record(tx, context, {
      action: change === 'remove' ? 'signal_subject.removed' : 'signal_subject.added',
      outcome: 'success',
      target: { kind: 'user', id: user },
      details: { client, stream: stream.id },
    })
  })
}

function removeSubject(
  stream: StreamId,
  subject: { readonly client: ClientId; readonly user: UserId; readonly now: Date },
): Statement<{ user_id: string }> {
  return sql<{ user_id: string }>`
    INSERT INTO signal_removed_subjects (tenant_id, stream_id, user_id, removed_at)
    SELECT u.tenant_id, ${toUuid(stream)}, u.id, ${subject.now}
      FROM users u
     WHERE u.tenant_id = current_tenant_id() AND u.id = ${toUuid(subject.user)}
       AND may_hear_of(${toUuid(subject.client)}, u.id, NULL, false)
    ON CONFLICT (tenant_id, stream_id, user_id) DO NOTHING
    RETURNING user_id`
}

function restoreSubject(stream: StreamId, user: UserId): Statement<{ user_id: string }> {
  return sql<{ user_id: string }>`
    DELETE FROM signal_removed_subjects
     WHERE tenant_id = current_tenant_id() AND stream_id = ${toUuid(stream)}
       AND user_id = ${toUuid(user)}
    RETURNING user_id`
}
