import type { RequestContext } from '../../kernel/index.ts'

/** What a challenge is solved for. One of another purpose is not accepted. */
export type CaptchaPurpose =
  | 'sign_in'
  | 'register'
  | 'verify_email'
  | 'password_reset'
  | 'magic_link'
  | 'unlock'

export const CAPTCHA_PURPOSES = [
  'sign_in',
  'register',
  'verify_email',
  'password_reset',
  'magic_link',
  'unlock',
] as const satisfies readonly CaptchaPurpose[]

/** What a client needs to solve. */
export type CaptchaChallenge =
  | {
      readonly provider: 'altcha'
      /** In the form of ALTCHA 2: solve it, and send the Base64 of `{challenge, solution}` as JSON. */
      readonly challenge: SignedTask
      /** Seconds. */
      readonly expiresIn: number
    }
  | {
      /** Show the widget of that service, and send the token that it gives. */
      readonly provider: 'turnstile' | 'hcaptcha'
      readonly siteKey: string
    }

export interface SignedTask {
  readonly parameters: TaskParameters
  readonly signature: string
}

export interface TaskParameters {
  readonly algorithm: string
  /** Hexadecimal, like the two after it. */
  readonly nonce: string
  readonly salt: string
  readonly keyPrefix: string
  readonly cost: number
  readonly keyLength: number
  readonly data: {
    readonly tenant: string
    readonly purpose: CaptchaPurpose
    /** Unix time in seconds. */
    readonly expires: number
  }
}

/** A solution that holds, and by what it is recognised when it comes again. */
export interface CaptchaProof {
  /** SHA-256 of what is equal in every solution of the same challenge. */
  readonly hash: Buffer
  /** From then on the provider refuses it by itself. */
  readonly expiresAt: Date
}

/** Tells people from programs, or at least makes a guess cost something. */
export interface CaptchaProvider {
  challenge(context: RequestContext, purpose: CaptchaPurpose): Promise<CaptchaChallenge>
  /**
   * @returns undefined if the payload solves no challenge of this tenant and purpose
   * @throws captcha_unavailable if that can't be told
   */
  verify(
    context: RequestContext,
    purpose: CaptchaPurpose,
    payload: string,
  ): Promise<CaptchaProof | undefined>
}
