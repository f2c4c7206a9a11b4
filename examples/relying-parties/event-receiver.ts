// A receiver of security events: it makes a stream once, and fetches what its issuer has to tell.
import * as jose from 'jose'
import * as client from 'openid-client'
import { setting } from './setting.ts'

const issuer = new URL(setting('ISSUER'))
const config = await client.discovery(
  issuer,
  setting('CLIENT_ID'),
  undefined,
  client.ClientSecretBasic(setting('CLIENT_SECRET')),
  { execute: issuer.hostname === 'localhost' ? [client.allowInsecureRequests] : [] },
)
const metadata = await fetch(`${issuer.href}/.well-known/ssf-configuration`)
const transmitter = (await metadata.json()) as { configuration_endpoint: string; jwks_uri: string }
const keys = jose.createRemoteJWKSet(new URL(transmitter.jwks_uri))

interface Stream {
  readonly iss: string
  readonly aud: string
  readonly delivery: { readonly endpoint_url: string }
}

const EVENTS = [
  'https://schemas.openid.net/secevent/caep/event-type/session-revoked',
  'https://schemas.openid.net/secevent/caep/event-type/credential-change',
  'https://schemas.openid.net/secevent/risc/event-type/account-disabled',
]

let known: (client.TokenEndpointResponse & client.TokenEndpointResponseHelpers) | undefined
const stream = await openStream()
let acknowledged: string[] = []
for (;;) {
  const { sets } = await poll(acknowledged)
  for (const [jti, token] of Object.entries(sets)) console.log(jti, await describe(token))
  // Only what was dealt with: the rest comes again.
  acknowledged = Object.keys(sets)
}

/** The stream from the last time, or a new one. */
async function openStream(): Promise<Stream> {
  const mine = (await call('GET', transmitter.configuration_endpoint)) as Stream[]
  if (mine[0] !== undefined) return mine[0]
  const wanted = { events_requested: EVENTS }
  return (await call('POST', transmitter.configuration_endpoint, wanted)) as Stream
}

/** RFC 8936: acknowledges, and waits some seconds for what comes next. */
async function poll(ack: readonly string[]) {
  const answer = await call('POST', stream.delivery.endpoint_url, { ack })
  return answer as { sets: Record<string, string> }
}

/** RFC 8417: whatever is not a security event of this issuer for this client is not looked at. */
async function describe(token: string): Promise<string> {
  const { payload } = await jose.jwtVerify(token, keys, {
    typ: 'secevent+jwt',
    algorithms: ['ES256'],
    issuer: stream.iss,
    audience: stream.aud,
  })
  const [type = ''] = Object.keys(payload['events'] as object)
  return `${type.slice(type.lastIndexOf('/') + 1)} ${JSON.stringify(payload['sub_id'])}`
}

async function call(method: string, url: string, body?: object): Promise<unknown> {
  const headers = {
    authorization: `Bearer ${await accessToken()}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) ?? null })
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** One token until shortly before it expires. */
async function accessToken(): Promise<string> {
  if ((known?.expiresIn() ?? 0) > 30) return known?.access_token ?? ''
  known = await client.clientCredentialsGrant(config, {
    scope: 'ssf.manage',
    resource: `${issuer.href}/ssf`,
  })
  return known.access_token
}
