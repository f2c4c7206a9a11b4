// An application on somebody's own machine. It has no secret; the browser comes back to a port of
// the loopback interface that is free at that moment (RFC 8252 §7.3).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as oauth from 'oauth4webapi'
import { setting } from './setting.ts'

const issuer = new URL(setting('ISSUER'))
// Plain HTTP is for a server on this machine only.
const options = { [oauth.allowInsecureRequests]: issuer.hostname === 'localhost' }
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, options),
)
const client: oauth.Client = { client_id: setting('CLIENT_ID') }

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const { redirectUri, callback } = await listenOnce()

const url = new URL(server.authorization_endpoint ?? '')
url.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'openid email',
  state,
  nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
}).toString()
console.log(`Open this address in your browser:\n${url.href}`)

// Checks `state` and `iss` (RFC 9207), too.
const parameters = oauth.validateAuthResponse(server, client, await callback, state)
const answer = await oauth.authorizationCodeGrantRequest(
  server,
  client,
  oauth.None(),
  parameters,
  redirectUri,
  verifier,
  options,
)
const tokens = await oauth.processAuthorizationCodeResponse(server, client, answer, {
  expectedNonce: nonce,
  requireIdToken: true,
})
const claims = oauth.getValidatedIdTokenClaims(tokens)
const profile = await oauth.processUserInfoResponse(
  server,
  client,
  claims?.sub ?? '',
  await oauth.userInfoRequest(server, client, tokens.access_token, options),
)
console.log(JSON.stringify({ claims, profile }))

/** A server for one request: the browser that comes back. */
async function listenOnce(): Promise<{ redirectUri: string; callback: Promise<URL> }> {
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const redirectUri = `http://127.0.0.1:${(http.address() as AddressInfo).port}/callback`
  const callback = new Promise<URL>((resolve) => {
    http.on('request', (request, response) => {
      const called = new URL(request.url ?? '/', redirectUri)
      if (called.pathname !== '/callback') {
        response.writeHead(404).end()
        return
      }
      response.setHeader('connection', 'close')
      response.end('You may close this window.')
      http.close()
      resolve(called)
    })
  })
  return { redirectUri, callback }
}
