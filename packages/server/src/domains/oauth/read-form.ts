import type { IncomingMessage } from 'node:http'
import { httpErrors } from '../../platform/http/index.ts'

/** A small form of one of our own pages. @throws payload_too_large, unsupported_media_type */
export async function readForm(raw: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries(await readParameters(raw, MAX_FORM_BYTES))
}

/** A form, with what it says twice. @throws payload_too_large, unsupported_media_type */
export async function readParameters(
  raw: IncomingMessage,
  maxBytes: number,
): Promise<URLSearchParams> {
  const type = raw.headers['content-type']?.split(';')[0]?.trim()
  if (type !== 'application/x-www-form-urlencoded') throw httpErrors.unsupported_media_type()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of raw) {
    length += (chunk as Buffer).length
    if (length > maxBytes) throw httpErrors.payload_too_large()
    chunks.push(chunk as Buffer)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

const MAX_FORM_BYTES = 16_384
