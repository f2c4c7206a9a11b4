import { randomBytes } from 'node:crypto'
import { compose, type Application } from '../../src/composition/compose.ts'
import type { Infrastructure } from '../../src/composition/infrastructure.ts'
import type { RiskPort } from '../../src/domains/risk/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId, type RequestContext, Secret } from '../../src/kernel/index.ts'
import { loadConfig } from '../../src/platform/config/index.ts'
import { createSealer } from '../../src/platform/crypto/index.ts'
import type { Database } from '../../src/platform/db/index.ts'
import { createAltchaProvider } from '../../src/platform/captcha/index.ts'
import { createMailbox, type Mailbox } from '../../src/platform/mail/index.ts'
import { createPasswordHasher } from '../../src/platform/password-hashing/index.ts'
import { createMailboxSmsTransport } from '../../src/platform/sms/index.ts'
import { createRateLimiter } from '../../src/platform/rate-limit/index.ts'
import { createLogger, createMetrics } from '../../src/platform/telemetry/index.ts'
import { Actors } from './actors.ts'
import { openEmbeddedTestDatabase } from './describe-store.ts'
import { FakeClock } from './fake-clock.ts'

/** A whole server in this process: everything is real but the clock, and mail stays in memory. */
export interface World {
  readonly app: Application
  readonly database: Database
  readonly clock: FakeClock
  readonly mailbox: Mailbox
  /** Lines that the server logged. */
  readonly logLines: string[]
  readonly actors: Actors
  readonly config: ReturnType<typeof loadConfig>['config']
  /** What all nodes of a deployment have in common. */
  readonly secrets: Pick<Infrastructure, 'sealer' | 'csrfKey' | 'deviceKeys'>
  /** A context of our own process, as the command line has it. */
  internalContext(tenant: Tenant): RequestContext
  tenant(slug?: string, settings?: TenantSettingsInput): Promise<Tenant>
  close(): Promise<void>
}

type TenantSettingsInput = Parameters<Application['tenants']['create']>[1]['settings']

export interface WorldOptions {
  readonly database?: Database
  readonly env?: Readonly<Record<string, string>>
  /** Default: none is configured. */
  readonly breachedPasswords?: Infrastructure['breachedPasswords']
  /** Default: the start of the fake clock. */
  readonly clock?: FakeClock
  readonly riskProvider?: RiskPort
  /** Default: nobody knows where an address is. */
  readonly places?: Infrastructure['places']
  /** Default: no list is configured. */
  readonly sanctions?: Infrastructure['sanctions']
  /** Another node of that world: the same database and keys, a process of its own otherwise. */
  readonly besides?: World
  /** Default: nobody vouches for any authenticator. */
  readonly attestationTrust?: Infrastructure['attestationTrust']
  /** Default: jobs run, as in production; periodic work does not. */
  readonly withoutJobs?: true
  /** How security events leave the server; default: as in production, to public addresses only. */
  readonly egress?: Infrastructure['egress']
  /** Answers what the server asks of clients: `jwks_uri`, back-channel logout. */
  readonly fetch?: typeof fetch
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const clock = options.clock ?? new FakeClock()
  const { config } = loadConfig({
    env: {
      COUNTERSIGN_DATABASE_MEMORY: 'true',
      COUNTERSIGN_BASE_URL: 'http://localhost:4820',
      COUNTERSIGN_RATE_LIMIT_SCALE: '1000',
      ...options.env,
    },
    cwd: process.cwd(),
    command: 'dev',
  })
  const database =
    options.database ?? options.besides?.database ?? (await openEmbeddedTestDatabase())
  const logLines: string[] = []
  const mailbox = createMailbox({ clock })
  const { riskProvider } = options
  const infrastructure = {
    ...createInfrastructure({ clock, database, mailbox, logLines }),
    ...options.besides?.secrets,
    breachedPasswords: options.breachedPasswords,
    riskProvider,
    places: options.places,
    sanctions: options.sanctions,
    attestationTrust: options.attestationTrust,
    fetch: options.fetch,
    egress: options.egress,
    // The clock of these tests stands still: work that begins whenever the machine's clock passes a
    // minute would add to the trail of a test that waits for something else.
    runsSchedule: false,
  }
  const app = await compose(config, infrastructure)
  if (options.withoutJobs !== true) await app.startJobs()
  await app.http.ready()
  const internalContext = (tenant: Tenant): RequestContext => ({
    requestId: newId('req'),
    tenant,
    principal: undefined,
    source: { ip: 'internal', userAgent: undefined },
    clock,
  })
  const tenant: World['tenant'] = async (slug = `t-${newId('ten').slice(4)}`, settings) => {
    const system = await app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    // Tests of other things fail at signing in without being asked for more.
    const chosen = { captcha_policy: 'off' as const, ...settings }
    return app.tenants.create(internalContext(system), { slug, name: slug, settings: chosen })
  }
  const { sealer, csrfKey, deviceKeys } = infrastructure
  const secrets = { sealer, csrfKey, deviceKeys }
  const world = {
    app,
    secrets,
    database,
    clock,
    mailbox,
    logLines,
    config,
    internalContext,
    tenant,
  }
  return { ...world, actors: new Actors(world), close: () => app.close() }
}

function createInfrastructure(parts: {
  clock: FakeClock
  database: Database
  mailbox: Mailbox
  logLines: string[]
}): Infrastructure {
  const { clock, database, mailbox, logLines } = parts
  const hasher = createPasswordHasher(CHEAP_PASSWORDS)
  const limiter = createRateLimiter({ clock })
  return {
    clock,
    database,
    mailbox,
    hasher,
    limiter,
    logger: createLogger({
      level: 'info',
      destination: { write: (line: string) => void logLines.push(line) },
    }),
    metrics: createMetrics({ processMetrics: false }),
    sealer: createSealer({ masterKey: new Secret(randomBytes(32)) }),
    mail: mailbox,
    sms: createMailboxSmsTransport(mailbox),
    // Real work, but little of it.
    captcha: createAltchaProvider({ hashKey: randomBytes(32), cost: 1 }),
    csrfKey: randomBytes(32),
    deviceKeys: [randomBytes(32)],
    close: async () => {
      await hasher.close()
      await limiter.close()
      await database.close()
    },
  }
}

/** The floor that the configuration allows, so that tests are quick and still real. */
const CHEAP_PASSWORDS = {
  memoryKib: 19_456,
  iterations: 2,
  parallelism: 1,
  pepper: undefined,
  workers: 2,
  queueLimit: 256,
}
