import {
  ACR,
  type AssuranceRequirement,
  hasAssurance,
  type RequestContext,
  type SessionId,
  type UserContext,
  type UserId,
} from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { httpErrors, insufficientAuthentication } from '../../platform/http/index.ts'
import { recordRefusal } from '../audit/index.ts'
import { deviceLabel } from '../devices/index.ts'
import type { Risk, RiskEvent, RiskSignal } from '../risk/index.ts'
import type { Sessions } from '../sessions/index.ts'

export interface RiskServices {
  readonly database: Database
  readonly risk: Risk
  readonly sessions: Pick<Sessions, 'endRefused'>
}

export interface AssessedSession {
  readonly sessionId: SessionId
  readonly userId: UserId
  readonly acr: string
  readonly amr: readonly string[]
  readonly authTime: Date
  /** Of the sign-in that begins it now. */
  readonly signals?: readonly RiskSignal[]
  /** How it began; undefined where nobody has read it. */
  readonly began?:
    | {
        readonly sourceIp: string
        readonly deviceLabel: string
        /** Its cookie was shown now. */
        readonly isSameDevice?: boolean
      }
    | undefined
}

/**
 * Judges the risk of a session that is about to get tokens. Whoever hands nothing out yet, and can
 * not be asked for a factor any more, is refused at a medium risk without one: the session ends.
 * @throws risk_refused
 */
export async function checkRiskOfTokens(
  services: RiskServices,
  context: RequestContext,
  session: AssessedSession,
  event: 'sign_in' | 'refresh',
): Promise<void> {
  const refusal = services.risk.findSourceRefusal(context)
  if (refusal !== undefined) await refuseSource(services, context, session, { event, refusal })
  const { level, reasons } = await assess(services, context, session, event)
  if (level === 'low') return
  const { reauthenticationAge: maxAge } = context.tenant.policy
  const isProven = hasAssurance(session, { acr: ACR.mfa, maxAge }, context.clock.now())
  if (level === 'medium' && isProven) return
  await endAndRecord(services, context, session, { event, level, reasons })
  throw httpErrors.risk_refused()
}

/**
 * Every grant comes by here; what comes by our own routes was refused before. The session goes on:
 * it is the source that is refused, and may be one that a client was moved to by mistake.
 */
async function refuseSource(
  { database }: RiskServices,
  context: RequestContext,
  { sessionId }: AssessedSession,
  { event, refusal }: { readonly event: RiskEvent; readonly refusal: string },
): Promise<never> {
  await recordRefusal(database, context, {
    action: 'risk.refused',
    target: { kind: 'session', id: sessionId },
    details: { event, level: 'high', reasons: [refusal] },
  })
  throw httpErrors.risk_refused()
}

/**
 * Judges the risk of a request by cookie.
 * @returns `refused` if the session has ended; else what it owes, which a step-up settles
 */
export async function assessCookie(
  services: RiskServices,
  context: RequestContext,
  session: AssessedSession,
): Promise<AssuranceRequirement | 'refused' | undefined> {
  const { level, reasons } = await assess(services, context, session, 'cookie')
  switch (level) {
    case 'low':
      return undefined
    case 'medium': {
      // A step-up asks whoever has a factor for it.
      const owed = { maxAge: context.tenant.policy.reauthenticationAge }
      return hasAssurance(session, owed, context.clock.now()) ? undefined : owed
    }
    case 'high':
      await endAndRecord(services, context, session, { event: 'cookie', level, reasons })
      return 'refused'
  }
}

/**
 * Before a change of what protects the account. The session goes on: nothing was changed.
 * @throws risk_refused, insufficient_user_authentication
 */
export async function checkRiskOfChange(
  services: Pick<RiskServices, 'risk' | 'database'>,
  context: UserContext,
): Promise<void> {
  const { principal, tenant, clock } = context
  const { level, reasons } = await assess(services, context, principal, 'sensitive')
  if (level === 'low') return
  const required = { acr: ACR.mfa, maxAge: tenant.policy.reauthenticationAge }
  if (level === 'medium' && hasAssurance(principal, required, clock.now())) return
  await recordRefusal(services.database, context, {
    action: 'risk.refused',
    target: { kind: 'session', id: principal.sessionId },
    details: { event: 'sensitive', level, reasons },
  })
  throw level === 'medium' ? insufficientAuthentication(required) : httpErrors.risk_refused()
}

function assess(
  { risk }: Pick<RiskServices, 'risk'>,
  context: RequestContext,
  session: AssessedSession,
  event: RiskEvent,
) {
  const { userId: subject, sessionId, amr } = session
  const signals = [...signalsOf(context, session), ...travelOf({ risk }, context, session)]
  return risk.assess(context, { event, subject, session: sessionId, amr, signals })
}

function signalsOf(
  { source }: RequestContext,
  { began, signals: given = [] }: AssessedSession,
): readonly RiskSignal[] {
  if (began === undefined) return given
  const signals: RiskSignal[] = began.sourceIp === source.ip ? [] : ['source_changed']
  // What calls itself otherwise may still prove to be the same: programs are updated.
  if (began.isSameDevice === true) return signals
  const label = deviceLabel(source.userAgent)
  const isKnown = [label, began.deviceLabel].every((one) => one !== UNKNOWN_DEVICE)
  return isKnown && label !== began.deviceLabel ? [...signals, 'device_changed'] : signals
}

/**
 * Since the session began, or was stepped up last, nobody can have come here. That a refresh token
 * comes with the cookie of its device speaks for it; a cookie of a session would be stolen with it.
 */
function travelOf(
  { risk }: Pick<RiskServices, 'risk'>,
  context: RequestContext,
  { began, authTime }: AssessedSession,
): readonly RiskSignal[] {
  if (began === undefined) return []
  const from = { ip: began.sourceIp, at: authTime }
  if (!risk.isImpossibleTravel(context, from)) return []
  return began.isSameDevice === true ? ['impossible_travel', 'known_device'] : ['impossible_travel']
}

async function endAndRecord(
  { database, sessions }: RiskServices,
  context: RequestContext,
  { sessionId, userId }: AssessedSession,
  details: Readonly<Record<string, string | readonly string[]>>,
): Promise<void> {
  await sessions.endRefused(context, { sessionId, userId, reason: 'risk_refused' })
  const target = { kind: 'session', id: sessionId }
  await recordRefusal(database, context, { action: 'risk.refused', target, details })
}

/** What `deviceLabel` says of nothing that it knows. */
const UNKNOWN_DEVICE = deviceLabel(undefined)
