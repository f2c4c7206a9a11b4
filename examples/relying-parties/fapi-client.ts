// A client of the FAPI 2.0 Security Profile: it pushes its request (PAR), proves itself by a key
// (private_key_jwt), and its tokens work with one more key only (DPoP).
import type { JsonWebKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as oauth from 'oauth4webapi'
import { setting } from './setting.ts'

const issuer = new URL(setting('ISSUER'))
const redirectUri = setting('REDIRECT_URI')
const options = { [oauth.allowInsecureRequests]: issuer.hostname === 'localhost' }
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, options),
)
const client: oauth.Client = { client_id: setting('CLIENT_ID') }
const clientAuth = oauth.PrivateKeyJwt(await readKey(setting('KEY_FILE')))
// The key never leaves this process: whoever steals a token can't use it.
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'))

/** Logins that began, by their `state`, which a cookie of the browser repeats. */
const logins = new Map<string, { verifier: string; nonce: string }>()

async function beginLogin(response: ServerResponse): Promise<URL> {
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  logins.set(state, { verifier, nonce })
  response.setHeader('set-cookie', `__Host-login=${state}; Path=/; Secure; HttpOnly; SameSite=Lax`)
  const parameters = {
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const pushed = await withNonce(async () => {
    const answer = await oauth.pushedAuthorizationRequest(
      server,
      client,
      clientAuth,
      { ...parameters },
      { DPoP, ...options },
    )
    return oauth.processPushedAuthorizationResponse(server, client, answer)
  })
  const url = new URL(server.authorization_endpoint ?? '')
  url.searchParams.set('client_id', client.client_id)
  url.searchParams.set('request_uri', pushed.request_uri)
  return url
}

async function finishLogin(callback: URL, { cookie = '' }: IncomingMessage['headers']) {
  const state = /(?:^|; )__Host-login=([\w-]+)/.exec(cookie)?.[1] ?? ''
  const login = logins.get(state)
  logins.delete(state)
  if (login === undefined) throw new Error('this sign-in was not begun here')
  const parameters = oauth.validateAuthResponse(server, client, callback, state)
  const tokens = await withNonce(async () => {
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      clientAuth,
      parameters,
      redirectUri,
      login.verifier,
      { DPoP, ...options },
    )
    return oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: login.nonce,
      requireIdToken: true,
    })
  })
  const claims = oauth.getValidatedIdTokenClaims(tokens)
  const profile = await withNonce(async () => {
    const answer = await oauth.userInfoRequest(server, client, tokens.access_token, {
      DPoP,
      ...options,
    })
    return oauth.processUserInfoResponse(server, client, claims?.sub ?? '', answer)
  })
  return { tokenType: tokens.token_type, claims, profile }
}

/** The server may ask for a proof with a nonce of its own (RFC 9449 §8): once more, with that. */
async function withNonce<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return request()
  }
}

/** A private JWK in a file; its public half is registered with the client. */
async function readKey(file: string): Promise<oauth.PrivateKey> {
  const jwk = JSON.parse(await readFile(file, 'utf8')) as JsonWebKey & { kid: string }
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['sign'])
  return { key, kid: jwk.kid }
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', redirectUri)
  try {
    if (url.pathname === '/login') {
      response.writeHead(303, { location: (await beginLogin(response)).href }).end()
    } else if (url.pathname === new URL(redirectUri).pathname) {
      const facts = await finishLogin(url, request.headers)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(facts))
    } else response.writeHead(404).end()
  } catch (error) {
    console.error(error)
    response.writeHead(400).end('Sign-in did not work.')
  }
}

createServer((request, response) => void handle(request, response)).listen(
  Number(setting('PORT')),
  '127.0.0.1',
  () => console.log('listening'),
)
