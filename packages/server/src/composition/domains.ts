import { createAccess } from '../domains/access/index.ts'
import { createDeviceCookies, createDevices } from '../domains/devices/index.ts'
import { createAttestationTrust, createFactors, relyingPartyOf } from '../domains/factors/index.ts'
import { type CredentialChangePort, createIdentity } from '../domains/identity/index.ts'
import { createKeys } from '../domains/keys/index.ts'
import { createRisk, createSignInHabits } from '../domains/risk/index.ts'
import {
  createNameScreening,
  createScreening,
  settleScreening,
} from '../domains/screening/index.ts'
import { createSessions, type Sessions } from '../domains/sessions/index.ts'
import {
  createAttemptBudget,
  createRequestAuthenticator,
  createSignIn,
  endPendingSteps,
} from '../domains/sign-in/index.ts'
import { createTenants, TenantDirectory } from '../domains/tenants/index.ts'
import { createRefreshTokens } from '../domains/tokens/index.ts'
import { createCaptchaCheck } from '../platform/captcha/index.ts'
import type { RequestContext, TenantRef } from '../kernel/index.ts'
import type { Config } from '../platform/config/index.ts'
import { hkdf } from '../platform/crypto/index.ts'
import { createJobs } from '../platform/jobs/index.ts'
import { createOutbox } from '../platform/outbox/index.ts'
import { createDeviceMessages } from './device-messages.ts'
import { createEmailSignInMessages } from './email-sign-in-messages.ts'
import { createFactorMessages } from './factor-messages.ts'
import { createIdentityMessages } from './identity-messages.ts'
import { createSmsCodeMessages } from './sms-code-messages.ts'
import { createOAuthDomain } from './oauth-domain.ts'
import { createSharedSignals } from '../domains/shared-signals/index.ts'
import { createEgress } from '../platform/egress/index.ts'
import type { Infrastructure } from './infrastructure.ts'

/** The domains, joined: what one needs of another is handed over here, and nowhere else. */
export function createDomains(http: Config['http'], infrastructure: Infrastructure) {
  const { database, clock } = infrastructure
  const foundation = createFoundation(http, infrastructure)
  const { keys, sessions, risk, outbox } = foundation
  const accounts = createAccounts(http, infrastructure, foundation)
  const oauth = createOAuthDomain(http, infrastructure, { ...foundation, ...accounts })
  const replacements = oauth.asSessionReplacementPort()
  const signIn = createSignIn({
    ...foundation,
    ...accounts,
    database,
    replacements,
    emailMessages: createEmailSignInMessages(outbox),
  })
  const authenticator = createRequestAuthenticator({
    database,
    keys,
    sessions,
    risk,
    clock,
    clientTokens: oauth,
  })
  const sharedSignals = createSharedSignals({
    ...infrastructure,
    ...foundation,
    oauth,
    egress: infrastructure.egress ?? createEgress(),
    findTenant: (id) => foundation.tenants.findById(id),
    currentTenant: foundation.currentTenant,
  })
  return {
    ...foundation,
    ...accounts,
    sharedSignals,
    oauth,
    clients: oauth.clients,
    trustedIssuers: oauth.trustedIssuers,
    replacements,
    signIn,
    authenticator,
  }
}

/** What knows no user. */
function createFoundation(http: Config['http'], infrastructure: Infrastructure) {
  const { database, sealer, clock, logger, mail, sms, places, sanctions, runsSchedule } =
    infrastructure
  const sessions = createSessions({ database })
  const keys = createKeys({ database, sealer, clock })
  const onUpdated = async (context: RequestContext) => {
    await sessions.shorten(context)
    await keys.settle(context)
    await settleScreening(database, context)
  }
  const tenants = createTenants(database, http.baseUrl, {
    onUpdated,
    places,
    hasSanctionsList: sanctions !== undefined,
  })
  const directory = new TenantDirectory(tenants.findBySlugs, clock)
  const jobs = createJobs({ database, logger, clock, runsSchedule })
  const outbox = createOutbox({ database, sealer, jobs, transport: mail, sms, logger, clock })
  return {
    tenants,
    directory,
    /** For work that goes on for longer than what it knows of its tenant may be kept. */
    currentTenant: async (tenant: TenantRef) => (await directory.resolve(tenant.slug)) ?? tenant,
    jobs,
    outbox,
    access: createAccess({ database }),
    keys,
    sessions,
    risk: riskOf(infrastructure),
    habits: habitsOf(infrastructure),
    devices: joinDevices(infrastructure, outbox, sessions),
    refreshTokens: createRefreshTokens({ database }),
    attempts: createAttemptBudget(database),
    captcha: createCaptchaCheck({ provider: infrastructure.captcha, database }),
  }
}

/** Users, and what they prove themselves with. */
function createAccounts(
  http: Config['http'],
  infrastructure: Infrastructure,
  { sessions, access, attempts, captcha, risk, outbox }: ReturnType<typeof createFoundation>,
) {
  const { database, sealer, hasher, sms, breachedPasswords, attestationTrust } = infrastructure
  const nameScreening = createNameScreening(infrastructure.sanctions)
  const credentialChange = whatEndsWithCredentials(sessions)
  const identity = createIdentity({
    database,
    hasher,
    access,
    credentialChange,
    messages: createIdentityMessages(outbox),
    guesses: attempts,
    captcha,
    registrationRisk: risk,
    nameScreening,
    breachedPasswords,
  })
  const factors = createFactors({
    database,
    sealer,
    identity,
    credentialChange,
    messages: createFactorMessages(outbox),
    guesses: attempts,
    sms: sms === undefined ? undefined : createSmsCodeMessages(outbox),
    relyingParty: relyingPartyOf(http),
    attestationTrust: attestationTrust ?? TRUST_NOBODY,
  })
  const screening = createScreening({
    database,
    identity,
    nameScreening,
    list: infrastructure.sanctions,
  })
  return { identity, factors, screening }
}

/** One after the other: they share the transaction. */
function whatEndsWithCredentials(sessions: Sessions): CredentialChangePort {
  const ports = [sessions.asCredentialChangePort(), endPendingSteps]
  return {
    credentialChanged: async (...change) => {
      for (const port of ports) await port.credentialChanged(...change)
    },
  }
}

function joinDevices(
  { database, deviceKeys, places }: Infrastructure,
  outbox: Parameters<typeof createDeviceMessages>[0],
  sessions: Sessions,
) {
  return createDevices({
    database,
    cookies: createDeviceCookies(deviceKeys),
    places,
    messages: createDeviceMessages(outbox),
    removal: sessions.asDeviceRemovalPort(),
  })
}

function riskOf({ riskProvider, places, logger }: Infrastructure) {
  const onFailure = (err: unknown) => logger.warn('risk.provider_failed', { err })
  return createRisk({ provider: riskProvider, places, onFailure })
}

/** Under keys of their own: the name of a habit is no device cookie. */
function habitsOf({ database, deviceKeys, places }: Infrastructure) {
  const keys = deviceKeys.map((key) => hkdf(key, 'countersign/habits'))
  return createSignInHabits({ database, keys, places })
}

const TRUST_NOBODY = createAttestationTrust({ metadata: undefined, roots: [] })

export type Domains = ReturnType<typeof createDomains>
