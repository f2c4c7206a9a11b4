import { Secret, seconds } from '../../kernel/index.ts'
import type { ReplyCookie } from '../../platform/http/index.ts'

/**
 * A sign-in that waits for its next step, kept in the browser between two pages: an HttpOnly
 * cookie, gone when the challenge is. SECURITY: only the challenge proves anything; the rest says
 * what to show, and whoever changes it in the own browser shows something wrong to themselves.
 */
export interface PendingSignIn {
  readonly step: 'verify' | 'enroll'
  readonly challenge: Secret<string>
  readonly methods: readonly string[]
  readonly triesLeft: number
  readonly expiresAt: Date
}

export function readPending(cookie: string | undefined, now: Date): PendingSignIn | undefined {
  const match = PENDING.exec(cookie ?? '')
  if (match === null) return undefined
  const [, step, tries, until, methods = '', challenge = ''] = match
  const expiresAt = new Date(Number(until) * 1000)
  if (expiresAt <= now) return undefined
  return {
    step: step === 'enroll' ? 'enroll' : 'verify',
    triesLeft: Number(tries),
    expiresAt,
    methods: methods.split('+'),
    challenge: new Secret(challenge),
  }
}

export function writePending(pending: PendingSignIn, now: Date): ReplyCookie {
  const { step, triesLeft, methods, challenge } = pending
  const until = Math.floor(pending.expiresAt.getTime() / 1000)
  const value = [step, triesLeft, until, methods.join('+'), challenge.reveal()].join('.')
  const left = Math.max(1, until - Math.floor(now.getTime() / 1000))
  return { name: PENDING_COOKIE, value, maxAge: seconds(left) }
}

export const PENDING_COOKIE = 'pending'
export const FORGET_PENDING: ReplyCookie = { name: PENDING_COOKIE, value: undefined }

const PENDING =
  /^(verify|enroll)\.([0-9])\.([0-9]{1,12})\.([a-z_+]{1,100})\.([A-Za-z0-9_-]{16,128})$/
