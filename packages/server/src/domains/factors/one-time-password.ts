import { randomBytes } from 'node:crypto'
import { HOTP, Secret as OtpSecret, TOTP } from 'otpauth'
import { constantTimeEqual, Secret } from '../../kernel/index.ts'
import type { OtpKind } from './model.ts'
import {
  HOTP_LOOK_AHEAD,
  OTP_DIGITS,
  OTP_SECRET_BYTES,
  TOTP_PERIOD_SECONDS,
  TOTP_WINDOW,
} from './policy.ts'

export function makeOtpSecret(): Secret<Uint8Array> {
  return new Secret<Uint8Array>(randomBytes(OTP_SECRET_BYTES))
}

/** @see RFC 4226 §5.3; SHA-1, which HMAC keeps sound */
export function oneTimePassword(secret: Secret<Uint8Array>, counter: number): string {
  return HOTP.generate({
    secret: toOtpSecret(secret),
    algorithm: ALGORITHM,
    digits: OTP_DIGITS,
    counter,
  })
}

/** @see RFC 6238 §4.2 */
export function totpStep(now: Date): number {
  return Math.floor(now.getTime() / 1000 / TOTP_PERIOD_SECONDS)
}

/**
 * Finds the time step that a code belongs to, one step around now at most.
 * INVARIANT I2, I11: only steps after the newest accepted one are candidates, so that neither a
 * repetition nor a clock that steps back makes a used code good again. The conditional UPDATE of
 * the caller decides between parallel requests.
 * @see RFC 6238 §5.2
 */
export function findTotpStep(
  secret: Secret<Uint8Array>,
  code: Secret<string>,
  { now, lastUsedStep }: { readonly now: Date; readonly lastUsedStep: number },
): number | undefined {
  const current = totpStep(now)
  let found: number | undefined
  for (let step = current - TOTP_WINDOW; step <= current + TOTP_WINDOW; step++) {
    const matches = constantTimeEqual(oneTimePassword(secret, step), code.reveal())
    if (matches && step > lastUsedStep) found = step
  }
  return found
}

/**
 * Finds the counter that a code belongs to: the next one, or a few further, for presses of the
 * button that nobody sent. What lies beyond is refused, not searched for: each counter that is
 * tried makes a guess more likely.
 * INVARIANT I2: only counters after the newest accepted one are candidates; the conditional UPDATE
 * of the caller decides between parallel requests.
 * @see RFC 4226 §7.2, §7.4
 */
export function findHotpCounter(
  secret: Secret<Uint8Array>,
  code: Secret<string>,
  { lastUsedStep }: { readonly lastUsedStep: number },
): number | undefined {
  let found: number | undefined
  for (let counter = lastUsedStep + HOTP_LOOK_AHEAD; counter > lastUsedStep; counter--) {
    if (constantTimeEqual(oneTimePassword(secret, counter), code.reveal())) found = counter
  }
  return found
}

/** The time step or the counter that a code stands for; see there. */
export function findOtpStep(
  kind: OtpKind,
  secret: Secret<Uint8Array>,
  code: Secret<string>,
  at: { readonly now: Date; readonly lastUsedStep: number },
): number | undefined {
  return kind === 'totp' ? findTotpStep(secret, code, at) : findHotpCounter(secret, code, at)
}

export function toBase32(secret: Secret<Uint8Array>): Secret<string> {
  return new Secret(toOtpSecret(secret).base32)
}

/** @throws TypeError if it is no base 32 */
export function fromBase32(text: string): Secret<Uint8Array> {
  return new Secret<Uint8Array>(OtpSecret.fromBase32(text).bytes)
}

/** What authenticator apps read from a QR code. WARNING: it contains the secret. */
export function otpauthUri(
  kind: OtpKind,
  secret: Secret<Uint8Array>,
  { issuer, account }: { readonly issuer: string; readonly account: string },
): Secret<string> {
  const common = {
    issuer,
    label: account,
    secret: toOtpSecret(secret),
    algorithm: ALGORITHM,
    digits: OTP_DIGITS,
  }
  const generator =
    kind === 'totp'
      ? new TOTP({ ...common, period: TOTP_PERIOD_SECONDS })
      : new HOTP({ ...common, counter: 0 })
  return new Secret(generator.toString())
}

function toOtpSecret(secret: Secret<Uint8Array>): OtpSecret {
  // otpauth reads the whole ArrayBuffer, and a Buffer may be a part of a pool.
  return new OtpSecret({ buffer: Uint8Array.from(secret.reveal()).buffer })
}

const ALGORITHM = 'SHA1'
