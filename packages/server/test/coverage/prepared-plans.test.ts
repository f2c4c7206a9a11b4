import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
import { type Database, openServerDatabase, sql } from '../../src/platform/db/index.ts'
import { obtainTokens } from '../support/authorize.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { Browser, registerRelyingParty } from '../support/relying-party.ts'
import { RunningClock } from '../support/running-clock.ts'

/**
 * PostgreSQL plans a prepared statement anew each time as long as a plan for the values at hand
 * looks cheaper than one for any values. For the statements of every request that costs more than
 * they do. Five times is what it takes to compare.
 */
const COMPARED = 5
const OFTEN = 3 * COMPARED

describe.skipIf(postgresLane() === undefined)('a statement of every request', () => {
  let postgres: TestPostgres
  let database: Database
  let world: World
  let tenant: Tenant
  beforeAll(async () => {
    postgres = await createPostgresDatabase(postgresLane() ?? '')
    // One connection, which therefore knows all statements.
    database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 1 })
    world = await openWorld({ database, withoutJobs: true, clock: new RunningClock() })
    tenant = await world.tenant(undefined, { audiences: [API] })
  })
  afterAll(async () => {
    await world.close()
    await postgres.drop()
  })

  const plannedOften = async () => {
    const rows = await database.withoutTenant((tx) =>
      tx.run(sql<{ statement: string }>`
        SELECT statement FROM pg_prepared_statements WHERE custom_plans > ${COMPARED + 1}`),
    )
    return rows.map(({ statement }) => statement)
  }

  it('is planned once, in signing in and with a session', async () => {
    const ana = await world.actors.user({ tenant })
    const withSession = ['/api/auth/me', '/api/auth/sessions', '/api/auth/devices']
    for (let count = 0; count < OFTEN; count++) {
      await ana.signIn()
      for (const url of withSession) {
        expect((await ana.request({ method: 'GET', url })).statusCode).toBe(200)
      }
      expect((await ana.refresh()).statusCode).toBe(200)
    }
    await ana.signInWithCookie()
    for (let count = 0; count < OFTEN; count++) {
      expect((await ana.request({ method: 'GET', url: '/api/auth/me' })).statusCode).toBe(200)
    }

    expect(await plannedOften()).toEqual([])
  })

  it('is planned once, in the grants of OAuth', async () => {
    const party = await registerRelyingParty(world, {
      tenant,
      metadata: {
        scope: 'openid read offline_access',
        resources: [API],
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      },
    })
    const ben = await world.actors.user({ tenant })
    await ben.signInWithCookie()
    const browser = new Browser(world, ben)
    for (let count = 0; count < OFTEN; count++) {
      const scope = 'openid read offline_access'
      const { refresh_token = '' } = await obtainTokens(browser, party, { scope, resource: API })
      const { access_token } = await oidc.refreshTokenGrant(party.config, refresh_token)
      await oidc.tokenIntrospection(party.config, access_token)
      await oidc.tokenRevocation(party.config, access_token)
      await oidc.clientCredentialsGrant(party.config, { scope: 'read' })
    }

    expect(await plannedOften()).toEqual([])
  })
})

const API = 'https://api.example'
