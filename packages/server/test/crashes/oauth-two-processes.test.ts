import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Secret } from '../../src/kernel/index.ts'
import { openServerDatabase } from '../../src/platform/db/index.ts'
import { openWorld } from '../support/open-world.ts'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { type ServeProcess, startServe } from './serve-process.ts'

const url = postgresLane()
const PASSWORD = 'plum-orbit-lantern-42'
const REDIRECT_URI = 'https://app.example/callback'
const VERIFIER = 'v'.repeat(43)

describe.skipIf(url === undefined)('two `serve` processes as authorization server', () => {
  let postgres: TestPostgres
  let prepared: { slug: string; clientId: string }
  let nodes: [ServeProcess, ServeProcess]

  beforeAll(async () => {
    postgres = await createPostgresDatabase(url ?? '')
    prepared = await prepare(postgres)
    const env = {
      COUNTERSIGN_BASE_URL: 'http://localhost:4820',
      COUNTERSIGN_DATABASE_URL: postgres.appUrl,
      COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
    }
    nodes = await Promise.all([startServe(env), startServe(env)])
  })

  afterAll(async () => {
    await Promise.all(nodes.map((node) => node.stop()))
    await postgres.drop()
  })

  it('give tokens for one code to one of 50 (I2)', async () => {
    const code = await authorize()

    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => redeem(i, code)))

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('give 50 parallel refreshes of one token one distinct successor (I1)', async () => {
    const first = await redeem(0, await authorize())
    const { refresh_token } = (await first.json()) as { refresh_token: string }

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => ask(i, { grant_type: 'refresh_token', refresh_token })),
    )
    const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
      refresh_token: string
    }[]

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(bodies.map((body) => body.refresh_token)).size).toBe(1)
    expect(bodies[0]?.refresh_token).not.toBe(refresh_token)
  })

  async function authorize(): Promise<string> {
    const signedIn = await fetch(`${nodes[0].base}/t/${prepared.slug}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'one@example.test', password: PASSWORD, transport: 'cookie' }),
    })
    const [cookie = ''] = signedIn.headers.getSetCookie()
    const query = new URLSearchParams({
      client_id: prepared.clientId,
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: 'openid',
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
    })
    const address = `${nodes[1].base}/t/${prepared.slug}/oauth/authorize?${query.toString()}`
    const answer = await fetch(address, {
      headers: { cookie: cookie.slice(0, cookie.indexOf(';')) },
      redirect: 'manual',
    })
    return new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
  }

  function redeem(turn: number, code: string): Promise<Response> {
    const grant_type = 'authorization_code'
    return ask(turn, { grant_type, code, redirect_uri: REDIRECT_URI, code_verifier: VERIFIER })
  }

  function ask(turn: number, parameters: Record<string, string>): Promise<Response> {
    return fetch(`${nodes[turn % 2]?.base}/t/${prepared.slug}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: prepared.clientId, ...parameters }),
    })
  }
})

async function prepare(postgres: TestPostgres) {
  const database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 4 })
  const world = await openWorld({ database })
  const tenant = await world.tenant()
  await world.actors.user({ tenant, email: 'one@example.test', password: PASSWORD })
  const { client } = await world.app.clients.create(world.internalContext(tenant), {
    profile: 'spa',
    name: 'App',
    isFirstParty: true,
    metadata: { redirect_uris: [REDIRECT_URI] },
  })
  await world.close()
  return { slug: tenant.slug, clientId: client.id }
}
