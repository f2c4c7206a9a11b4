// Runs in the browser. `oauth4webapi.js` is `build/index.js` of the npm package `oauth4webapi`.
import * as oauth from './oauth4webapi.js'

const settings = await (await fetch('settings.json')).json()
const issuer = new URL(settings.issuer)
const options = { [oauth.allowInsecureRequests]: issuer.hostname === 'localhost' }
const redirectUri = new URL('.', location.href).href
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, options),
)
const client = { client_id: settings.client_id }

// Tokens live in this variable and nowhere else: a reload signs in again, without a question.
let tokens
let claims

async function signIn() {
  const login = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  }
  sessionStorage.setItem('login', JSON.stringify(login))
  const url = new URL(server.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email',
    state: login.state,
    nonce: login.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(login.verifier),
    code_challenge_method: 'S256',
  }).toString()
  location.assign(url)
}

async function finishSignIn() {
  const login = JSON.parse(sessionStorage.getItem('login'))
  sessionStorage.removeItem('login')
  const callback = new URL(location.href)
  // The code does not stay in the history.
  history.replaceState(null, '', redirectUri)
  if (login === null) return
  const parameters = oauth.validateAuthResponse(server, client, callback, login.state)
  const answer = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    redirectUri,
    login.verifier,
    options,
  )
  const issued = await oauth.processAuthorizationCodeResponse(server, client, answer, {
    expectedNonce: login.nonce,
    requireIdToken: true,
  })
  keep(issued)
  await showFacts()
}

/** Every refresh token works once: the new one replaces it. */
async function refresh() {
  const answer = await oauth.refreshTokenGrantRequest(
    server,
    client,
    oauth.None(),
    tokens.refresh_token,
    options,
  )
  keep(await oauth.processRefreshTokenResponse(server, client, answer))
  await showFacts()
}

/** In the memory of this page only. The claims are read while the answer is the library's own. */
function keep(issued) {
  claims = oauth.getValidatedIdTokenClaims(issued) ?? claims
  tokens = { ...tokens, ...issued }
}

function signOut() {
  const url = new URL(server.end_session_endpoint)
  url.search = new URLSearchParams({
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: redirectUri,
  }).toString()
  tokens = undefined
  location.assign(url)
}

async function showFacts() {
  const { sub } = claims
  const answer = await oauth.userInfoRequest(server, client, tokens.access_token, options)
  const profile = await oauth.processUserInfoResponse(server, client, sub, answer)
  show({ claims, profile, refreshToken: tokens.refresh_token !== undefined })
}

function show(facts) {
  document.querySelector('#facts').textContent = JSON.stringify(facts)
}

/** Runs an action; what goes wrong is shown. */
function attempt(action) {
  return () => action().catch((error) => show({ error: error.error ?? String(error) }))
}

document.querySelector('#sign-in').addEventListener('click', attempt(signIn))
document.querySelector('#refresh').addEventListener('click', attempt(refresh))
document.querySelector('#sign-out').addEventListener('click', signOut)
if (/[?&](?:code|error)=/.test(location.search)) await attempt(finishSignIn)()
document.body.dataset.ready = 'true'
