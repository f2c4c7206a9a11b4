import { createHash } from 'node:crypto'
import { request, type Talker } from './load.ts'
import type { BenchServer } from './servers.ts'

/** What `prepare-oauth.ts` has made. */
export interface PreparedOAuth {
  readonly slug: string
  readonly service: BenchClient
  readonly web: BenchClient
}

export interface BenchClient {
  readonly id: string
  readonly secret: string
}

export const BENCH_API = 'https://api.example.test'
export const BENCH_REDIRECT_URI = 'https://app.example.test/callback'

/** Each round asks for a code with the session of a browser, and redeems it. */
export function codeRounds(prepared: PreparedOAuth, cookie: string): Talker {
  let code: string | undefined
  return {
    next: () => (code === undefined ? authorization(prepared, cookie) : redemption(prepared, code)),
    received: (_status, body) => {
      code = code === undefined ? /code=([\w-]+)/.exec(body)?.[1] : undefined
    },
  }
}

/** Presents the refresh token that the last answer gave. */
export function refreshes({ slug, web }: PreparedOAuth, first: string): Talker {
  let refresh_token = first
  return {
    next: () => token(slug, { ...secretOf(web), grant_type: 'refresh_token', refresh_token }),
    received: (status, body) => {
      if (status !== 200) return
      refresh_token = (JSON.parse(body) as { refresh_token: string }).refresh_token
    },
  }
}

export function clientCredentials(slug: string, client: BenchClient): string {
  return token(slug, { ...secretOf(client), grant_type: 'client_credentials', scope: 'read' })
}

/** @returns the cookie of a browser in which that user is signed in */
export async function signInBrowser(server: BenchServer, slug: string, user: number) {
  const answer = await fetch(`${server.base}/t/${slug}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      email: server.email(user),
      password: server.password,
      transport: 'cookie',
    }),
  })
  const [cookie = ''] = answer.headers.getSetCookie()
  if (!answer.ok) throw new Error(`sign-in failed: ${await answer.text()}`)
  return cookie.slice(0, cookie.indexOf(';'))
}

/** One round by `fetch`. @returns the first refresh token of a chain */
export async function obtainRefreshToken(
  server: BenchServer,
  prepared: PreparedOAuth,
  cookie: string,
): Promise<string> {
  const answer = await fetch(`${server.base}${authorizationPath(prepared)}`, {
    headers: { cookie },
    redirect: 'manual',
  })
  const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  const redeemed = await fetch(`${server.base}/t/${prepared.slug}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(redemptionForm(prepared, code)),
  })
  if (!redeemed.ok) throw new Error(`no tokens: ${await redeemed.text()}`)
  return ((await redeemed.json()) as { refresh_token: string }).refresh_token
}

function authorization(prepared: PreparedOAuth, cookie: string): string {
  return request('GET', authorizationPath(prepared), { cookie })
}

function authorizationPath({ slug, web }: PreparedOAuth): string {
  const query = new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    redirect_uri: BENCH_REDIRECT_URI,
    scope: 'openid read',
    resource: BENCH_API,
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
  })
  return `/t/${slug}/oauth/authorize?${query.toString()}`
}

function redemption(prepared: PreparedOAuth, code: string): string {
  return token(prepared.slug, redemptionForm(prepared, code))
}

function redemptionForm({ web }: PreparedOAuth, code: string): Record<string, string> {
  return {
    ...secretOf(web),
    grant_type: 'authorization_code',
    code,
    redirect_uri: BENCH_REDIRECT_URI,
    code_verifier: VERIFIER,
  }
}

function token(slug: string, form: Record<string, string>): string {
  return request('POST', `/t/${slug}/oauth/token`, { form })
}

function secretOf({ id, secret }: BenchClient) {
  return { client_id: id, client_secret: secret }
}

const VERIFIER = 'a-verifier-that-is-long-enough-for-rfc-7636-and-always-the-same'
