import * as oidc from 'openid-client'
import type { Client, NewClient } from '../../src/domains/oauth/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from './actors.ts'
import { createAssertionIssuer } from './assertion-issuer.ts'
import { authorize, obtainTokens, redeem } from './authorize.ts'
import type { World } from './open-world.ts'
import { Browser, hiddenField, type RelyingParty, registerRelyingParty } from './relying-party.ts'

export const API = 'https://api.example'
export const OTHER_API = 'https://other.example'

/** All that is needed to try one grant, up to the request that would get the token. */
export interface PreparedGrant {
  readonly tenant: Tenant
  readonly user: Actor
  readonly clientId: Client['id']
  /** Asks for a token; throws what the server refuses with. */
  attempt(): Promise<{ access_token: string }>
}

type Prepare = (
  world: World,
  tenant: Tenant,
  user: Actor,
) => Promise<Omit<PreparedGrant, 'tenant' | 'user'>>

const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** How each grant type is tried. A new one is missing here until it is added. */
export const GRANTS: Readonly<Record<string, Prepare>> = {
  authorization_code: async (world, tenant, user) => {
    const party = await register(world, tenant, {})
    const authorized = await authorize(new Browser(world, user), party, wanted)
    return { clientId: idOf(party), attempt: () => redeem(party, authorized, wanted) }
  },
  refresh_token: async (world, tenant, user) => {
    const party = await register(world, tenant, {})
    const tokens = await obtainTokens(new Browser(world, user), party, wanted)
    const attempt = () => oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '')
    return { clientId: idOf(party), attempt }
  },
  client_credentials: async (world, tenant) => {
    const party = await register(world, tenant, { profile: 'service' })
    const attempt = () => oidc.clientCredentialsGrant(party.config, { scope: 'read' })
    return { clientId: idOf(party), attempt }
  },
  'urn:ietf:params:oauth:grant-type:device_code': async (world, tenant, user) => {
    const party = await register(world, tenant, {
      profile: 'native',
      authentication: oidc.None(),
      metadata: { grant_types: ['authorization_code', 'refresh_token', DEVICE] },
    })
    const device = await oidc.initiateDeviceAuthorization(party.config, { ...wanted })
    await approveDevice(new Browser(world, user), device)
    const parameters = { device_code: device.device_code }
    return {
      clientId: idOf(party),
      attempt: () => oidc.genericGrantRequest(party.config, DEVICE, parameters),
    }
  },
  'urn:openid:params:grant-type:ciba': async (world, tenant, user) => {
    const metadata = { redirect_uris: [], grant_types: [CIBA] as (typeof CIBA)[] }
    const party = await register(world, tenant, { metadata })
    const { auth_req_id } = await oidc.initiateBackchannelAuthentication(party.config, {
      ...wanted,
      login_hint: user.identity.email,
    })
    const path = '/api/auth/authentication-requests'
    const { data } = (await user.call('GET', path)).json<{ data: { id: string }[] }>()
    await user.call('POST', `${path}/${data[0]?.id ?? ''}/approve`)
    const attempt = () => oidc.genericGrantRequest(party.config, CIBA, { auth_req_id })
    return { clientId: idOf(party), attempt }
  },
  [BEARER]: async (world, tenant, user) => {
    const issuer = await createAssertionIssuer()
    const party = await register(world, tenant, {
      profile: 'service',
      metadata: { grant_types: [BEARER] },
    })
    await issuer.trust(world, tenant, [idOf(party)])
    const attempt = async () =>
      oidc.genericGrantRequest(party.config, BEARER, {
        scope: 'read',
        resource: API,
        assertion: await issuer.assert(tenant, { sub: user.userId }),
      })
    return { clientId: idOf(party), attempt }
  },
  'urn:ietf:params:oauth:grant-type:token-exchange': async (world, tenant, user) => {
    const front = await register(world, tenant, {})
    const { access_token } = await obtainTokens(new Browser(world, user), front, wanted)
    const api = await register(world, tenant, {
      profile: 'service',
      metadata: { grant_types: [EXCHANGE], resources: [OTHER_API], serves_resources: [API] },
    })
    const parameters = { ...exchangeOf(access_token), resource: OTHER_API }
    return {
      clientId: idOf(api),
      attempt: () => oidc.genericGrantRequest(api.config, EXCHANGE, parameters),
    }
  },
}

/**
 * Requests of a grant that are answered another way than those above: the engine's and ours have to
 * ask the same gate.
 */
export const OTHER_WAYS: Readonly<Record<string, Prepare>> = {
  'refresh_token by the engine': async (world, tenant, user) => {
    const party = await register(world, tenant, {})
    const tokens = await obtainTokens(new Browser(world, user), party, wanted)
    const resource = { resource: API }
    const attempt = () => oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '', resource)
    return { clientId: idOf(party), attempt }
  },
  'client_credentials of a known client': async (world, tenant) => {
    const party = await register(world, tenant, { profile: 'service' })
    const attempt = () => oidc.clientCredentialsGrant(party.config, { scope: 'read' })
    await attempt()
    return { clientId: idOf(party), attempt }
  },
}

export function exchangeOf(subject_token: string) {
  return {
    subject_token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  }
}

/** A person types the code and allows. */
export async function approveDevice(
  browser: Browser,
  device: { readonly verification_uri: string; readonly user_code: string },
): Promise<void> {
  const { verification_uri, user_code } = device
  const page = await browser.open(verification_uri)
  const confirm = await browser.open(verification_uri, {
    xsrf: hiddenField(page.body, 'xsrf'),
    user_code,
  })
  const xsrf = hiddenField(confirm.body, 'xsrf')
  await browser.follow(verification_uri, { xsrf, user_code, confirm: 'yes' })
}

function register(
  world: World,
  tenant: Tenant,
  { metadata, ...wishes }: Partial<NewClient> & { authentication?: oidc.ClientAuth },
): Promise<RelyingParty> {
  const isNative = wishes.profile === 'native'
  const isService = wishes.profile === 'service'
  return registerRelyingParty(world, {
    tenant,
    ...wishes,
    metadata: {
      scope: 'openid read',
      resources: [API],
      ...(isNative ? { redirect_uris: ['http://127.0.0.1/callback'] } : {}),
      ...(isService ? { redirect_uris: [] } : {}),
      ...metadata,
    },
  })
}

function idOf(party: RelyingParty): Client['id'] {
  return party.clientId as Client['id']
}

const wanted = { scope: 'openid read', resource: API }
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'
const CIBA = 'urn:openid:params:grant-type:ciba'
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
