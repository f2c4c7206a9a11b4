// A web application with a server: it keeps the tokens, the browser gets a cookie.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as client from 'openid-client'
import { setting } from './setting.ts'

interface Session {
  login?: { verifier: string; state: string; nonce: string }
  tokens?: client.TokenEndpointResponse
  claims?: client.IDToken
  profile?: client.UserInfoResponse
}

const appUrl = new URL(setting('APP_URL'))
const issuer = new URL(setting('ISSUER'))
const config = await client.discovery(
  issuer,
  setting('CLIENT_ID'),
  undefined,
  client.ClientSecretBasic(setting('CLIENT_SECRET')),
  // Plain HTTP is for a server on this machine only.
  { execute: issuer.hostname === 'localhost' ? [client.allowInsecureRequests] : [] },
)
const sessions = new Map<string, Session>()

const routes: Record<string, (visit: Visit) => Promise<void> | void> = {
  'GET /': showHome,
  'GET /login': beginLogin,
  'GET /callback': finishLogin,
  'POST /refresh': refresh,
  'POST /logout': logOut,
}

interface Visit {
  readonly url: URL
  readonly session: Session
  readonly response: ServerResponse
}

async function beginLogin({ session, response }: Visit): Promise<void> {
  const verifier = client.randomPKCECodeVerifier()
  session.login = { verifier, state: client.randomState(), nonce: client.randomNonce() }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: new URL('/callback', appUrl).href,
    scope: 'openid email',
    state: session.login.state,
    nonce: session.login.nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  redirect(response, url)
}

async function finishLogin({ url, session, response }: Visit): Promise<void> {
  const { login } = session
  delete session.login
  if (login === undefined) return send(response, 400, 'This sign-in was not begun here.')
  const tokens = await client.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: login.verifier,
    expectedState: login.state,
    expectedNonce: login.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (claims === undefined) return send(response, 502, 'There is no ID token.')
  const profile = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  // A new cookie: whoever knew the old one does not become signed in.
  startSession(response, { tokens, claims, profile })
  redirect(response, appUrl)
}

async function refresh({ session, response }: Visit): Promise<void> {
  const { tokens } = session
  if (tokens?.refresh_token === undefined) return send(response, 401, 'Nobody is signed in.')
  session.tokens = await client.refreshTokenGrant(config, tokens.refresh_token)
  redirect(response, appUrl)
}

function logOut({ session, response }: Visit): void {
  const { tokens } = session
  for (const name of ['tokens', 'claims', 'profile'] as const) delete session[name]
  if (tokens?.id_token === undefined) return redirect(response, appUrl)
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: appUrl.href,
  })
  redirect(response, url)
}

function showHome({ session, response }: Visit): void {
  const { claims, profile } = session
  if (claims === undefined) return send(response, 200, '<a href="/login">Sign in</a>')
  const facts = escape(JSON.stringify({ claims, profile }, null, 2))
  const forms = ['refresh', 'logout'].map(
    (name) => `<form method="post" action="/${name}"><button id="${name}">${name}</button></form>`,
  )
  send(response, 200, `<pre>${facts}</pre>${forms.join('')}`)
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', appUrl)
  const route = routes[`${request.method} ${url.pathname}`]
  if (route === undefined) return send(response, 404, 'Not found.')
  const id = /(?:^|; )app_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''
  const session = sessions.get(id) ?? startSession(response, {})
  try {
    await route({ url, session, response })
  } catch (error) {
    const isRefusal = error instanceof client.AuthorizationResponseError
    if (!isRefusal) console.error(error)
    send(response, 400, `Sign-in did not work: ${isRefusal ? escape(error.error) : 'try again'}.`)
  }
}

function startSession(response: ServerResponse, session: Session): Session {
  const id = randomUUID()
  sessions.set(id, session)
  const isSecure = appUrl.protocol === 'https:' ? '; Secure' : ''
  response.setHeader('set-cookie', `app_session=${id}; Path=/; HttpOnly; SameSite=Lax${isSecure}`)
  return session
}

function redirect(response: ServerResponse, url: URL): void {
  response.writeHead(303, { location: url.href }).end()
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(body)
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

createServer((request, response) => void handle(request, response)).listen(
  Number(appUrl.port),
  appUrl.hostname,
  () => console.log(`listening on ${appUrl.href}`),
)
