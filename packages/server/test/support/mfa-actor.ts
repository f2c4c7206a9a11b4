import { AuthenticatorApp } from './authenticator-app.ts'
import type { Actor } from './actors.ts'
import type { FakeClock } from './fake-clock.ts'

export interface Challenge {
  readonly status: string
  readonly challenge: string
  readonly methods: readonly string[]
  readonly expires_in: number
}

/** Somebody with an authenticator app, as tests speak of them. */
export class MfaActor {
  readonly actor: Actor
  readonly app: AuthenticatorApp
  readonly factorId: string
  readonly backupCodes: readonly string[]
  readonly #clock: FakeClock

  constructor(
    actor: Actor,
    enrolled: { app: AuthenticatorApp; factorId: string; backupCodes: readonly string[] },
    clock: FakeClock,
  ) {
    this.actor = actor
    this.app = enrolled.app
    this.factorId = enrolled.factorId
    this.backupCodes = enrolled.backupCodes
    this.#clock = clock
  }

  /** Enrols an app for a signed-in actor; a step later, so that the next code is fresh. */
  static async enroll(actor: Actor, clock: FakeClock): Promise<MfaActor> {
    const enrolled = await actor.call('POST', '/api/auth/mfa/totp/enroll', {
      current_password: actor.identity.password,
    })
    if (enrolled.statusCode !== 201) throw new Error(`enrolment failed: ${enrolled.body}`)
    const { id, secret } = enrolled.json<{ id: string; secret: string }>()
    const app = new AuthenticatorApp(secret, clock)
    const body = { id, code: app.code() }
    const confirmed = await actor.call('POST', '/api/auth/mfa/totp/confirm', body)
    if (confirmed.statusCode !== 200) throw new Error(`confirmation failed: ${confirmed.body}`)
    const { backup_codes: backupCodes = [] } = confirmed.json<{ backup_codes?: string[] }>()
    clock.advance({ milliseconds: 30_000 })
    return new MfaActor(actor, { app, factorId: id, backupCodes }, clock)
  }

  /** The password was right; now a factor is asked for. */
  async challenge(body: Record<string, unknown> = {}): Promise<Challenge> {
    const answer = await this.actor.login(body)
    const step = answer.json<Challenge>()
    if (step.status !== 'mfa_required') throw new Error(`no challenge: ${answer.body}`)
    return step
  }

  answer(challenge: string, code: string, method = 'totp') {
    return this.actor.request({
      method: 'POST',
      url: '/api/auth/mfa/verify',
      payload: { challenge, method, code },
    })
  }

  /** Signs in with both factors, with bearer tokens. */
  async signIn(): Promise<void> {
    const { challenge } = await this.challenge()
    const answer = await this.answer(challenge, this.app.code())
    if (answer.statusCode !== 200) throw new Error(`sign-in failed: ${answer.body}`)
    const tokens = answer.json<{ access_token: string; refresh_token: string }>()
    this.actor.accessToken = tokens.access_token
    this.actor.refreshToken = tokens.refresh_token
    this.nextCode()
  }

  /** Waits until the app shows a code that was not used. */
  nextCode(): void {
    this.#clock.advance({ milliseconds: 30_000 })
  }
}
