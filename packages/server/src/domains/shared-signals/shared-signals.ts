import {
  type ClientContext,
  type ClientId,
  fromUuid,
  type RequestContext,
} from '../../kernel/index.ts'
import type { JobRun } from '../../platform/jobs/index.ts'
import type { SharedSignalDependencies } from './dependencies.ts'
import type { Stream, StreamId, StreamRef, StreamState } from './model.ts'
import { PUSH_QUEUE, PUSHES_AT_ONCE, PUSHES_OF_A_TENANT, SUSPENDED_DELAY } from './policy.ts'
import { findStream, listStreams, listStreamsOf, toStream, toStreamState } from './stream-store.ts'
import { type AllowedSubjects, allowSubjects } from './use-cases/allow-subjects.ts'
import { changeOwnStatus, changeStatus, type StatusChange } from './use-cases/change-status.ts'
import { changeSubject, type SubjectChange } from './use-cases/change-subject.ts'
import { createStream, type NewStream } from './use-cases/create-stream.ts'
import { deleteOwnStream, deleteStream } from './use-cases/delete-stream.ts'
import { enqueuePush } from './use-cases/enqueue-push.ts'
import { parseStreamId } from './use-cases/own-stream.ts'
import { createPollSignals, type PollSignals } from './use-cases/poll-signals.ts'
import { type PushOutcome, pushSignals } from './use-cases/push-signals.ts'
import { requestVerification } from './use-cases/request-verification.ts'
import { tidyStreams } from './use-cases/tidy-streams.ts'
import { type StreamChange, updateStream } from './use-cases/update-stream.ts'
import { sharedSignalErrors } from './errors.ts'

/** The transmitter of security events of every tenant (OpenID Shared Signals Framework 1.0). */
export interface SharedSignals {
  /** @throws signal_stream_limit, signal_stream_locked */
  create(context: ClientContext, input: NewStream): Promise<Stream>
  /** A stream of the client. @throws signal_stream_not_found */
  get(context: ClientContext, streamId: string): Promise<Stream>
  /** Those of the client, oldest first. */
  listOwn(context: ClientContext): Promise<readonly Stream[]>
  /** @throws signal_stream_not_found, signal_stream_mismatch */
  update(context: ClientContext, change: StreamChange): Promise<Stream>
  /** @throws signal_stream_not_found, signal_stream_locked */
  remove(context: ClientContext, streamId: string): Promise<void>
  /** @throws signal_stream_not_found, signal_stream_locked */
  changeOwnStatus(context: ClientContext, streamId: string, change: StatusChange): Promise<Stream>
  /** @throws signal_stream_not_found */
  changeSubject(context: ClientContext, change: SubjectChange): Promise<void>
  /** @throws signal_stream_not_found, signal_stream_not_enabled, signal_verification_too_often */
  verify(
    context: ClientContext,
    request: { readonly streamId: string; readonly state: string | undefined },
  ): Promise<void>
  /** @throws signal_stream_not_found */
  readonly poll: PollSignals
  /** Pushes what waits on a stream; the job calls it. */
  push(ref: StreamRef): Promise<PushOutcome>
  /** Streams of all clients, newest first: for administrators, as are those below. */
  list(
    context: RequestContext,
    page: { readonly after: StreamId | undefined; readonly limit: number },
  ): Promise<readonly StreamState[]>
  /** @throws signal_stream_not_found */
  changeStatus(context: RequestContext, id: StreamId, change: StatusChange): Promise<Stream>
  /** @throws signal_stream_not_found */
  removeAny(context: RequestContext, id: StreamId): Promise<void>
  /** @throws client_not_found */
  allowSubjects(
    context: RequestContext,
    clientId: ClientId,
    subjects: AllowedSubjects,
  ): Promise<void>
  /** For the maintenance of each tenant, every few minutes. */
  tidy(context: RequestContext): Promise<void>
}

export function createSharedSignals(deps: SharedSignalDependencies): SharedSignals {
  const { database } = deps
  deps.jobs.work(PUSH_QUEUE, (run) => runPush(deps, run), {
    concurrency: PUSHES_AT_ONCE,
    perGroup: PUSHES_OF_A_TENANT,
  })
  return {
    create: (context, input) => createStream(deps, context, input),
    get: async (context, streamId) => {
      const statement = findStream(parseStreamId(streamId), context.client.id)
      const [rows] = await database.tenantBatch(context.tenant.id, [statement])
      if (rows[0] === undefined) throw sharedSignalErrors.signal_stream_not_found()
      return toStream(rows[0])
    },
    listOwn: async (context) => {
      const statement = listStreamsOf(context.client.id)
      const [rows] = await database.tenantBatch(context.tenant.id, [statement])
      return rows.map(toStream)
    },
    update: (context, change) => updateStream(deps, context, change),
    remove: (context, streamId) => deleteOwnStream(database, context, streamId),
    changeOwnStatus: (context, ...change) => changeOwnStatus(deps, context, ...change),
    changeSubject: (context, change) => changeSubject(deps, context, change),
    verify: (context, request) => requestVerification(deps, context, request),
    poll: createPollSignals(deps),
    push: (ref) => pushSignals(deps, ref),
    list: async ({ tenant }, { after, limit }) => {
      const [rows] = await database.tenantBatch(tenant.id, [listStreams(after, limit)])
      return rows.map(toStreamState)
    },
    changeStatus: (context, ...change) => changeStatus(deps, context, ...change),
    removeAny: (context, id) => deleteStream(database, context, id),
    allowSubjects: (context, ...allowed) => allowSubjects(database, context, ...allowed),
    tidy: (context) => tidyStreams(deps, context),
  }
}

async function runPush(deps: SharedSignalDependencies, run: JobRun): Promise<void> {
  const ref = parseRef(run)
  const outcome = await pushSignals(deps, ref)
  const { logger } = deps
  const fields = { tenant: ref.tenantId, stream: ref.streamId }
  switch (outcome.kind) {
    case 'done':
      if (outcome.sent > 0) logger.info('signals.pushed', { ...fields, count: outcome.sent })
      return
    case 'failed':
      logger.warn('signals.push_failed', { ...fields, reason: outcome.error })
      return
    case 'not_due':
      return
    case 'claimed_elsewhere':
      // Whoever has the stream sends this too. A repetition may be of the one who had it and died:
      // it goes on until the claim has run out.
      if (run.attempt > 1) throw new Error('another node has the stream')
      return
    case 'tenant_suspended':
      await deps.database.withoutTenant((tx) => enqueuePush(deps, tx, ref, SUSPENDED_DELAY))
  }
}

/** @throws TypeError for what is no job of ours */
function parseRef({ data }: JobRun): StreamRef {
  return {
    tenantId: fromUuid('ten', data['tenant'] ?? ''),
    streamId: fromUuid('stm', data['stream'] ?? ''),
  }
}
