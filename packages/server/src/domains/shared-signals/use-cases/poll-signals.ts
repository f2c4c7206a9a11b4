import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientContext, fromUuid, parseId } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import type { SharedSignalDependencies } from '../dependencies.ts'
import { noteError } from '../claim-store.ts'
import { sharedSignalErrors } from '../errors.ts'
import type { SignalId, Stream } from '../model.ts'
import { MAX_POLLED, MAX_WAITING_POLLS, POLL_INTERVAL, POLL_WAIT } from '../policy.ts'
import { signSecurityEvent } from '../sign-security-event.ts'
import { deleteSignals, listSendable, type SignalRow, toSignal } from '../signal-store.ts'
import { findStream, toStream } from '../stream-store.ts'
import { explainSetError, type SetError } from './explain-set-error.ts'
import { parseStreamId } from './own-stream.ts'

export interface Poll {
  readonly streamId: string
  /** 0: only acknowledge. */
  readonly maxEvents: number
  readonly returnImmediately: boolean
  readonly acknowledged: readonly string[]
  /** What the receiver could not use, by `jti`. */
  readonly refused: Readonly<Record<string, SetError>>
}

export interface PolledSignals {
  readonly sets: Readonly<Record<string, string>>
  readonly moreAvailable: boolean
}

export type PollSignals = (context: ClientContext, poll: Poll) => Promise<PolledSignals>

/**
 * Hands out what waits, and erases what was acknowledged; until then the same events come again with
 * the same `jti`. A poll may wait for some seconds, and not more of them on a node than it bears.
 * @see RFC 8936 §2
 */
export function createPollSignals(deps: SharedSignalDependencies): PollSignals {
  let waiting = 0
  return async (context, poll) => {
    const { stream, rows } = await answer(deps, context, poll)
    const mayWait =
      rows.length === 0 &&
      poll.maxEvents > 0 &&
      !poll.returnImmediately &&
      waiting < MAX_WAITING_POLLS
    if (!mayWait) return present(deps, context, { stream, rows, poll })
    waiting += 1
    try {
      return await present(deps, context, {
        stream,
        rows: await waitForRows(deps, context, stream),
        poll,
      })
    } finally {
      waiting -= 1
    }
  }
}

/** @throws signal_stream_not_found for a stream that is pushed, too: it has no such address */
function answer(
  { database }: SharedSignalDependencies,
  context: ClientContext,
  poll: Poll,
): Promise<{ stream: Stream; rows: readonly SignalRow[] }> {
  const id = parseStreamId(poll.streamId)
  return database.withTenant(context.tenant.id, async (tx) => {
    const row = await tx.first(findStream(id, context.client.id))
    if (row?.method !== 'poll') throw sharedSignalErrors.signal_stream_not_found()
    const stream = toStream(row)
    await tx.later(deleteSignals(id, poll.acknowledged.flatMap(parseSignalId)))
    await giveUpRefused(tx, context, stream, poll.refused)
    const rows = poll.maxEvents === 0 ? [] : await tx.run(listSendable(id, MAX_POLLED + 1))
    return { stream, rows }
  })
}

/** RFC 8936 §2.6: an error settles an event as an acknowledgement does, but somebody should know. */
async function giveUpRefused(
  tx: Tx,
  context: ClientContext,
  stream: Stream,
  refused: Poll['refused'],
): Promise<void> {
  const errors = new Map(
    Object.entries(refused).flatMap(([jti, error]) =>
      parseSignalId(jti).map((id) => [id, error] as const),
    ),
  )
  if (errors.size === 0) return
  const deleted = await tx.run(deleteSignals(stream.id, [...errors.keys()]))
  for (const { id } of deleted) {
    const error = explainSetError(errors.get(fromUuid('set', id)))
    await tx.later(noteError(stream.id, { error, now: context.clock.now() }))
    await record(tx, context, {
      action: 'signal_event.refused',
      outcome: 'success',
      target: { kind: 'signal_stream', id: stream.id },
      details: { client: stream.clientId, jti: fromUuid('set', id), error },
    })
  }
}

async function waitForRows(
  { database }: SharedSignalDependencies,
  { tenant }: ClientContext,
  { id }: Stream,
): Promise<readonly SignalRow[]> {
  const looks = Math.floor(POLL_WAIT.milliseconds / POLL_INTERVAL.milliseconds)
  for (let look = 0; look < looks; look++) {
    await sleep(POLL_INTERVAL.milliseconds)
    const [rows] = await database.tenantBatch(tenant.id, [listSendable(id, MAX_POLLED + 1)])
    if (rows.length > 0) return rows
  }
  return []
}

async function present(
  deps: SharedSignalDependencies,
  context: ClientContext,
  { stream, rows, poll }: { stream: Stream; rows: readonly SignalRow[]; poll: Poll },
): Promise<PolledSignals> {
  const limit = Math.min(poll.maxEvents, MAX_POLLED)
  const subjects = await deps.oauth.findSubjects(context, stream.clientId)
  if (subjects === undefined) return { sets: {}, moreAvailable: false }
  const signals = rows.slice(0, limit).map(toSignal)
  const signed = signals.map(async (signal) => [
    signal.id,
    await signSecurityEvent(deps, context, { stream, subjects, signal }),
  ])
  return {
    sets: Object.fromEntries(await Promise.all(signed)) as Record<string, string>,
    moreAvailable: rows.length > limit,
  }
}

/** What is no `jti` of ours acknowledges nothing. */
function parseSignalId(jti: string): readonly SignalId[] {
  const id = parseId('set', jti)
  return id === undefined ? [] : [id]
}
