import { createVerifier } from '@countersign/verify'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import { obtainTokens } from '../support/authorize.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { Browser, REDIRECT_URI } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'
import { SignalClient, type StreamBody } from '../support/signal-client.ts'
import { signAsTenant, takeApart } from './token-forgery.ts'

/** Threat: a security event token passes as another kind of token, or another kind opens the streams. */
let world: World
let tenant: Tenant
let client: SignalClient
let stream: StreamBody
let set: string

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock(), withoutJobs: true })
  tenant = await world.tenant()
  client = await SignalClient.register(world, tenant)
  stream = await client.createStream()
  await client.call('POST', '/ssf/verify', { stream_id: stream.stream_id })
  const answer = await client.poll(stream)
  set = Object.values(answer.json<{ sets: Record<string, string> }>().sets)[0] ?? ''
})
afterAll(() => world.close())

const present = (token: string, path: string, method: 'GET' | 'POST' = 'GET') =>
  world.app.http.inject({
    method,
    url: `/t/${tenant.slug}${path}`,
    headers: { authorization: `Bearer ${token}` },
  })

describe('a security event token', () => {
  it('opens neither our API, nor the streams, nor the userinfo endpoint', async () => {
    const { actions } = await auditedDuring(world, tenant, async () => {
      expectProblem(await present(set, '/api/auth/me'), 'invalid_token', 401)
      expectProblem(await present(set, '/ssf/streams'), 'invalid_token', 401)
    })
    expect((await present(set, '/oauth/userinfo')).statusCode).toBe(401)
    expect(actions).toEqual(['access_token.refused', 'access_token.refused'])
  })

  it('is refused by @countersign/verify, whatever audience it is asked for', async () => {
    const verifier = createVerifier({
      issuer: tenant.issuer,
      audience: client.id,
      jwks: world.app.keys.verificationKeys(tenant),
      clock: world.clock,
    })

    await expect(verifier.verify(set)).rejects.toMatchObject({ code: 'type_refused' })
  })

  it('is no ID token: the sign-out does not take it as a hint', async () => {
    const query = new URLSearchParams({ id_token_hint: set })

    const answer = await world.app.http.inject({
      url: `/t/${tenant.slug}/oauth/logout?${query.toString()}`,
    })

    expect(answer.statusCode).toBe(400)
  })

  it('is told from an access token by its type alone, if all else were right', async () => {
    const { claims } = takeApart(client.token)
    const good = await signAsTenant(world, tenant, claims)
    const bad = await signAsTenant(world, tenant, claims, { typ: 'secevent+jwt' })

    expect((await present(good, '/ssf/streams')).statusCode).toBe(200)
    expectProblem(await present(bad, '/ssf/streams'), 'invalid_token', 401)
  })
})

describe('the streams of a client are opened by no', () => {
  it('access token of a person, whatever roles they have', async () => {
    const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })

    expectProblem(await present(admin.accessToken ?? '', '/ssf/streams'), 'invalid_token', 401)
  })

  it('session cookie', async () => {
    const ana = await world.actors.user({ tenant })
    await ana.signInWithCookie()

    const answer = await ana.call('GET', '/ssf/streams')

    expectProblem(answer, 'authentication_required', 401)
  })

  it('token that a user allowed the client, for the same resource server', async () => {
    const ana = await world.actors.user({ tenant })
    await ana.signInWithCookie()
    const resource = `${tenant.issuer}/ssf`
    const tokens = await obtainTokens(new Browser(world, ana), client.party, {
      scope: 'openid ssf.manage',
      resource,
    })
    expect(takeApart(tokens.access_token).claims['aud']).toBe(resource)

    const { events } = await auditedDuring(world, tenant, async () => {
      expectProblem(await present(tokens.access_token, '/ssf/streams'), 'invalid_token', 401)
    })

    expect(events).toMatchObject([{ details: { reason: 'claims_of_another_kind' } }])
  })

  it('token for another audience, with the right scope', async () => {
    const { claims } = takeApart(client.token)
    const token = await signAsTenant(world, tenant, { ...claims, aud: tenant.issuer })

    expectProblem(await present(token, '/ssf/streams'), 'invalid_token', 401)
  })

  it('token that names another tenant', async () => {
    const { claims } = takeApart(client.token)
    const token = await signAsTenant(world, tenant, { ...claims, tenant: newId('ten') })

    expectProblem(await present(token, '/ssf/streams'), 'invalid_token', 401)
  })

  it('token of a client that does not exist', async () => {
    const { claims } = takeApart(client.token)
    const nobody = newId('cli')
    const token = await signAsTenant(world, tenant, { ...claims, sub: nobody, client_id: nobody })

    expectProblem(await present(token, '/ssf/streams'), 'invalid_token', 401)
  })

  it('token that was revoked', async () => {
    const token = await client.authenticate()
    expect((await present(token, '/ssf/streams')).statusCode).toBe(200)

    await oidc.tokenRevocation(client.party.config, token)

    expectProblem(await present(token, '/ssf/streams'), 'invalid_token', 401)
  })
})

it('the scopes of the streams go into no token for another resource server', async () => {
  const open = await world.tenant(undefined, { audiences: ['https://api.example'] })
  const both = await SignalClient.register(world, open, {
    metadata: {
      redirect_uris: [REDIRECT_URI],
      scope: 'openid read ssf.manage',
      resources: ['https://api.example', `${open.issuer}/ssf`],
    } as never,
  })

  const foreign = await oidc.clientCredentialsGrant(both.party.config, {
    scope: 'ssf.manage',
    resource: 'https://api.example',
  })

  const { claims } = takeApart(foreign.access_token)
  expect(claims).toMatchObject({ aud: 'https://api.example' })
  expect(claims['scope'] ?? '').toBe('')
  const own = takeApart(both.token).claims
  expect(own).toMatchObject({ aud: `${open.issuer}/ssf`, scope: 'ssf.manage' })
})
