// A service without a user: it gets a token of its own and calls an API with it.
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

const tokens = await client.clientCredentialsGrant(config, {
  scope: 'orders:read',
  resource: setting('API_AUDIENCE'),
})
const answer = await fetch(setting('API_URL'), {
  headers: { authorization: `Bearer ${tokens.access_token}` },
})
console.log(answer.status, await answer.text())
