import type { JSONWebKeySet } from 'jose'
import * as oidc from 'openid-client'
import type { NewClient } from '../../src/domains/oauth/index.ts'
import type { StreamId } from '../../src/domains/shared-signals/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { ClientId } from '../../src/kernel/index.ts'
import type { World } from './open-world.ts'
import { type RelyingParty, registerRelyingParty } from './relying-party.ts'
import { eventUri, RECEIVER, type SetClaims, type SetTrust, verifySet } from './signal-receiver.ts'

export const ALL_EVENTS = [
  'caep/session-revoked',
  'caep/token-claims-change',
  'caep/credential-change',
  'caep/assurance-level-change',
  'risc/account-disabled',
  'risc/account-enabled',
  'risc/account-purged',
  'risc/identifier-changed',
  'risc/credential-compromise',
].map(eventUri)

/** A stream as the configuration endpoint shows it. */
export interface StreamBody {
  readonly stream_id: StreamId
  readonly iss: string
  readonly aud: string
  readonly events_supported: readonly string[]
  readonly events_requested: readonly string[]
  readonly events_delivered: readonly string[]
  readonly delivery: { readonly method: string; readonly endpoint_url: string }
  readonly min_verification_interval: number
  readonly description?: string
}

/** An OAuth client of a tenant that receives security events of it. */
export class SignalClient {
  readonly #world: World
  readonly tenant: Tenant
  readonly party: RelyingParty
  token = ''

  private constructor(world: World, tenant: Tenant, party: RelyingParty) {
    this.#world = world
    this.tenant = tenant
    this.party = party
  }

  /** A web application that people sign in to, which also speaks for itself. */
  static async register(
    world: World,
    tenant: Tenant,
    { metadata, ...wanted }: Partial<NewClient> = {},
  ): Promise<SignalClient> {
    const party = await registerRelyingParty(world, {
      tenant,
      ...wanted,
      metadata: {
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        scope: 'openid profile email offline_access ssf.read ssf.manage',
        resources: [`${tenant.issuer}/ssf`],
        ...metadata,
      },
    })
    const client = new SignalClient(world, tenant, party)
    await client.authenticate()
    return client
  }

  get id(): ClientId {
    return this.party.clientId as ClientId
  }

  async authenticate(scope = 'ssf.manage'): Promise<string> {
    const tokens = await oidc.clientCredentialsGrant(this.party.config, {
      scope,
      resource: `${this.tenant.issuer}/ssf`,
    })
    this.token = tokens.access_token
    return this.token
  }

  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown) {
    return this.#world.app.http.inject({
      method,
      url: `/t/${this.tenant.slug}${path}`,
      headers: { authorization: `Bearer ${this.token}` },
      ...(body === undefined ? {} : { payload: body as object }),
    })
  }

  async createStream(body: object = { events_requested: ALL_EVENTS }): Promise<StreamBody> {
    const answer = await this.call('POST', '/ssf/streams', body)
    if (answer.statusCode !== 201) throw new Error(`no stream: ${answer.body}`)
    return answer.json<StreamBody>()
  }

  /** A stream that is pushed to a path of the receiver. */
  createPushed(path: string, delivery: object = {}): Promise<StreamBody> {
    return this.createStream({
      events_requested: ALL_EVENTS,
      delivery: { method: 'urn:ietf:rfc:8935', endpoint_url: `${RECEIVER}${path}`, ...delivery },
    })
  }

  poll(stream: StreamBody, body: object = {}) {
    const path = `/ssf/streams/${stream.stream_id}/poll`
    return this.call('POST', path, { returnImmediately: true, ...body })
  }

  /** What a poll brings, verified, in the order of the events. */
  async fetch(stream: StreamBody, body: object = {}): Promise<readonly SetClaims[]> {
    const answer = await this.poll(stream, body)
    if (answer.statusCode !== 200) throw new Error(`no poll: ${answer.body}`)
    const trust = await this.trust()
    const { sets } = answer.json<{ sets: Record<string, string> }>()
    return Promise.all(Object.values(sets).map((token) => verifySet(token, trust)))
  }

  /** Runs what a job would run. */
  push({ stream_id: streamId }: StreamBody) {
    return this.#world.app.sharedSignals.push({ tenantId: this.tenant.id, streamId })
  }

  async trust(): Promise<SetTrust> {
    const answer = await this.#world.app.http.inject({ url: `/t/${this.tenant.slug}/jwks.json` })
    const jwks = answer.json<JSONWebKeySet>()
    return { jwks, issuer: this.tenant.issuer, audience: this.id }
  }
}

/** Event types without their prefix, as tests compare them. */
export function typesOf(sets: readonly SetClaims[]): readonly string[] {
  return sets.flatMap(({ events }) => Object.keys(events).map((uri) => uri.split('/').at(-1) ?? ''))
}
