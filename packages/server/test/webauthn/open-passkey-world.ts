import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Response as InjectResponse } from 'light-my-request'
import type { Actor } from '../support/actors.ts'
import { openWorld, type World, type WorldOptions } from '../support/open-world.ts'
import { type CredentialJson, type Options, PasskeyBrowser } from './passkey-browser.ts'

/** A whole server that listens, and a browser on one of its pages. */
export interface PasskeyWorld extends World {
  readonly browser: PasskeyBrowser
  readonly baseUrl: string
  readonly port: number
  /** Back to a page of the server, whatever page the browser is on. */
  goHome(): Promise<void>
}

export async function openPasskeyWorld(
  options: Pick<WorldOptions, 'attestationTrust' | 'breachedPasswords' | 'riskProvider'> = {},
): Promise<PasskeyWorld> {
  const port = await findFreePort()
  const baseUrl = `http://localhost:${port}`
  const world = await openWorld({
    ...options,
    env: {
      COUNTERSIGN_BASE_URL: baseUrl,
      // An origin that pages may use, and a host that is not the relying party.
      COUNTERSIGN_ALLOWED_ORIGINS: `http://app.localhost:${port}`,
    },
  })
  await world.app.http.listen({ port, host: '127.0.0.1' })
  const browser = await PasskeyBrowser.open()
  const goHome = () => browser.visit(`${baseUrl}/openapi.json`)
  await goHome()
  return {
    ...world,
    browser,
    baseUrl,
    port,
    goHome,
    close: async () => {
      await browser.close()
      await world.close()
    },
  }
}

export const PASSWORD = 'plum-orbit-lantern-42'

export function beginRegistration(actor: Actor, proof = {}): Promise<InjectResponse> {
  const body = { current_password: PASSWORD, ...proof }
  return actor.call('POST', '/api/auth/webauthn/register/options', body)
}

export function completeRegistration(
  actor: Actor,
  response: CredentialJson,
  name?: string,
): Promise<InjectResponse> {
  const body = name === undefined ? { response } : { response, name }
  return actor.call('POST', '/api/auth/webauthn/register/verify', body)
}

export function optionsOf(answer: InjectResponse): Options {
  if (answer.statusCode !== 201) throw new Error(`no options: ${answer.body}`)
  return answer.json<{ options: Options }>().options
}

/** Registers a credential of the browser's authenticator. */
export async function registerPasskey(
  { browser }: PasskeyWorld,
  actor: Actor,
): Promise<{ id: string; backupCodes: readonly string[] }> {
  const created = await browser.create(optionsOf(await beginRegistration(actor)))
  const answer = await completeRegistration(actor, created)
  if (answer.statusCode !== 201) throw new Error(`registration failed: ${answer.body}`)
  const body = answer.json<{ credential: { id: string }; backup_codes?: string[] }>()
  return { id: body.credential.id, backupCodes: body.backup_codes ?? [] }
}

export interface BegunSignIn {
  readonly challenge_id: string
  readonly options: Options
}

export async function beginPasskeySignIn(actor: Actor): Promise<BegunSignIn> {
  const answer = await actor.call('POST', '/api/auth/webauthn/login/options')
  return answer.json<BegunSignIn>()
}

export function completePasskeySignIn(
  actor: Actor,
  { challenge_id }: BegunSignIn,
  response: CredentialJson,
  transport: 'bearer' | 'cookie' = 'bearer',
): Promise<InjectResponse> {
  const body = { challenge_id, response, transport }
  return actor.call('POST', '/api/auth/webauthn/login/verify', body)
}

/** Signs in without a password and keeps the tokens. */
export async function signInByPasskey({ browser }: PasskeyWorld, actor: Actor): Promise<void> {
  const begun = await beginPasskeySignIn(actor)
  const answer = await completePasskeySignIn(actor, begun, await browser.get(begun.options))
  if (answer.statusCode !== 200) throw new Error(`sign-in failed: ${answer.body}`)
  const tokens = answer.json<{ access_token: string; refresh_token: string }>()
  actor.accessToken = tokens.access_token
  actor.refreshToken = tokens.refresh_token
}

/** The claims of an access token; its signature is proven elsewhere. */
export function claimsOf(accessToken: string): Record<string, unknown> {
  const segment = accessToken.split('.')[1] ?? ''
  return JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, unknown>
}

/** The challenge that follows the right password. */
export async function challengeOf(actor: Actor): Promise<string> {
  const answer = await actor.login()
  const { status, challenge } = answer.json<{ status: string; challenge: string }>()
  if (status !== 'mfa_required') throw new Error(`no challenge: ${answer.body}`)
  return challenge
}

async function findFreePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
