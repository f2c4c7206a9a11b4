import type { ClientId, Secret } from '../../../kernel/index.ts'
import { parseId } from '../../../kernel/index.ts'
import type { Sealer } from '../../../platform/crypto/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { sharedSignalErrors } from '../errors.ts'
import type { Stream, StreamId, StreamRef } from '../model.ts'
import { lockStream } from '../stream-store.ts'

/**
 * A stream of that client, which nobody else changes before the end of the transaction. One of
 * another client, or of another tenant, looks like one that does not exist (I6).
 * @throws signal_stream_not_found
 */
export async function lockOwnStream(tx: Tx, client: ClientId, text: string): Promise<Stream> {
  const stream = await lockStream(tx, parseStreamId(text), client)
  if (stream === undefined) throw sharedSignalErrors.signal_stream_not_found()
  return stream
}

/** @throws signal_stream_not_found */
export function parseStreamId(text: string): StreamId {
  const id = parseId('stm', text)
  if (id === undefined) throw sharedSignalErrors.signal_stream_not_found()
  return id
}

/**
 * SECURITY: what a receiver wants in `Authorization` opens only for the stream and the address that
 * it was given for. Attack: whoever can change the row has it sent to an address of their own.
 */
export function sealAuthorization(
  sealer: Sealer,
  target: StreamRef & { readonly endpointUrl: string },
  header: Secret<string>,
): Buffer {
  return sealer.seal(header.reveal(), purposeOf(target))
}

/** @throws UnsealError if the row was changed */
export function openAuthorization(
  sealer: Sealer,
  target: StreamRef & { readonly endpointUrl: string },
  sealed: Buffer,
): string {
  return sealer.unseal(sealed, purposeOf(target)).toString()
}

function purposeOf({ tenantId, streamId, endpointUrl }: StreamRef & { endpointUrl: string }) {
  return {
    purpose: 'signal_authorization',
    tenant: tenantId,
    subject: JSON.stringify([streamId, endpointUrl]),
  }
}
