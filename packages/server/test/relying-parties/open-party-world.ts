import { readFile } from 'node:fs/promises'
import type { BrowserContext } from 'playwright-core'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { fromUuid, toUuid } from '../../src/kernel/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import type { Actor } from '../support/actors.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { openWorld, type World, type WorldOptions } from '../support/open-world.ts'
import { type RunningChromium, launchChromium } from '../webauthn/chromium.ts'
import { findFreePort } from './find-free-port.ts'
import { PartyClock } from './party-clock.ts'

/** Where the clients of the examples live. */
export const EXAMPLE_ORIGIN = 'http://127.0.0.1:4850'

/** A server that listens, for programs of others. */
export interface PartyWorld extends World {
  readonly baseUrl: string
  readonly clock: PartyClock
  /** Somebody with an authenticator app, and a session that has nothing to do with browsers. */
  enroll(tenant: Tenant): Promise<MfaActor>
  /** Ids of the sessions that count at this moment. */
  liveSessions(of: Pick<Actor, 'tenant' | 'userId'>): Promise<readonly string[]>
  /**
   * An administrator registers a client of `examples/relying-parties/registrations`; texts of the
   * file are replaced by what is true here.
   */
  register(
    tenant: Tenant,
    file: string,
    replaced?: Readonly<Record<string, string>>,
  ): Promise<Registered>
  /** A browser of its own, which is closed with the world. */
  newBrowser(options?: Parameters<typeof launchChromium>[0]): Promise<BrowserContext>
}

export interface Registered {
  readonly id: string
  readonly secret: string
}

export async function openPartyWorld(options: WorldOptions = {}): Promise<PartyWorld> {
  const port = await findFreePort()
  const baseUrl = `http://localhost:${port}`
  const clock = new PartyClock()
  const world = await openWorld({ ...options, clock, env: { COUNTERSIGN_BASE_URL: baseUrl } })
  await world.app.http.listen({ port, host: '127.0.0.1' })
  const browsers: RunningChromium[] = []
  return {
    ...world,
    clock,
    baseUrl,
    enroll: (tenant) =>
      clock.aMinuteAgo(async () => MfaActor.enroll(await world.actors.signedIn({ tenant }), clock)),
    liveSessions: async ({ tenant, userId }) => {
      const [rows] = await world.database.tenantBatch(tenant.id, [
        sql<{ session_id: string }>`
          SELECT session_id FROM live_sessions(${clock.now()}) WHERE user_id = ${toUuid(userId)}`,
      ])
      return rows.map(({ session_id }) => fromUuid('ses', session_id))
    },
    register: async (tenant, file, replaced = {}) => {
      const admin = await world.actors.signedIn({ tenant, roles: ['admin'] })
      const body = JSON.parse(await readRegistration(file, replaced)) as object
      const answer = await admin.call('POST', '/api/admin/clients', body)
      if (answer.statusCode !== 201) throw new Error(`not registered: ${answer.body}`)
      const { id, client_secret: secret = '' } = answer.json<CreatedClient>()
      return { id, secret }
    },
    newBrowser: async (wanted) => {
      const chromium = await launchChromium(wanted)
      browsers.push(chromium)
      return chromium.context
    },
    close: async () => {
      await Promise.all(browsers.map((chromium) => chromium.close()))
      await world.close()
    },
  }
}

interface CreatedClient {
  readonly id: string
  readonly client_secret?: string
}

async function readRegistration(
  file: string,
  replaced: Readonly<Record<string, string>>,
): Promise<string> {
  const text = await readFile(new URL(`${REGISTRATIONS}/${file}`, import.meta.url), 'utf8')
  return Object.entries(replaced).reduce((all, [from, to]) => all.replaceAll(from, to), text)
}

const REGISTRATIONS = '../../../../examples/relying-parties/registrations'
