import { Secret, seconds } from '../../kernel/index.ts'
import type { ReplyCookie } from '../../platform/http/index.ts'
import type { OpenPage } from '../open-page.ts'

const STEPS = ['verify', 'enroll', 'change'] as const
type PendingStep = (typeof STEPS)[number]

/**
 * A sign-in that waits for its next step, kept in the browser between two pages: an HttpOnly
 * cookie, gone when the challenge is. SECURITY: only the challenge proves anything; the rest says
 * what to show, and whoever changes it in the own browser shows something wrong to themselves.
 */
export interface PendingSignIn {
  readonly step: PendingStep
  readonly challenge: Secret<string>
  /** For `change`, its reason. */
  readonly methods: readonly string[]
  readonly triesLeft: number
  readonly expiresAt: Date
}

/** The sign-in of this browser, if it waits for that step. */
export function findPending({ visit }: Pick<OpenPage, 'visit'>, step: PendingStep) {
  const pending = readPending(visit.cookie(PENDING_COOKIE), visit.context.clock.now())
  return pending?.step === step ? pending : undefined
}

function readPending(cookie: string | undefined, now: Date): PendingSignIn | undefined {
  const match = PENDING.exec(cookie ?? '')
  if (match === null) return undefined
  const [, step, tries, until, methods = '', challenge = ''] = match
  const expiresAt = new Date(Number(until) * 1000)
  if (expiresAt <= now) return undefined
  return {
    step: STEPS.find((known) => known === step) ?? 'verify',
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

const PENDING_COOKIE = 'pending'
export const FORGET_PENDING: ReplyCookie = { name: PENDING_COOKIE, value: undefined }

const PENDING =
  /^(verify|enroll|change)\.([0-9]{1,2})\.([0-9]{1,12})\.([a-z_+]{1,100})\.([A-Za-z0-9_-]{16,128})$/
