/**
 * Converts the DER signature that OpenSSL makes over P-256 to the `r || s` of JOSE (64 bytes).
 *
 * Surprise: asking node:crypto for `ieee-p1363` halves the speed of signing on Node 24.
 * @throws RangeError if `der` is no signature over P-256
 * @see RFC 7518 §3.4, RFC 3279 §2.2.3
 */
export function ecdsaDerToRaw(der: Uint8Array): Buffer {
  const raw = Buffer.alloc(2 * COORDINATE_BYTES)
  const sHeader = copyInteger(der, SEQUENCE_HEADER_BYTES, raw, COORDINATE_BYTES)
  const end = copyInteger(der, sHeader, raw, 2 * COORDINATE_BYTES)
  if (end !== der.length) throw new RangeError('not an ECDSA signature')
  return raw
}

/** Copies the DER integer at `at`, right-aligned to `rawEnd`; returns where the next one starts. */
function copyInteger(der: Uint8Array, at: number, raw: Buffer, rawEnd: number): number {
  const end = at + 2 + (der[at + 1] ?? 0)
  // DER integers are signed, so a number with its top bit set has a zero byte in front of it.
  const start = der[at + 2] === 0 ? at + 3 : at + 2
  if (der[at] !== DER_INTEGER || end - start > COORDINATE_BYTES) {
    throw new RangeError('not an ECDSA signature')
  }
  raw.set(der.subarray(start, end), rawEnd - (end - start))
  return end
}

const SEQUENCE_HEADER_BYTES = 2
const COORDINATE_BYTES = 32
const DER_INTEGER = 0x02
