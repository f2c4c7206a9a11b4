import {
  type Duration,
  hours,
  minutes,
  seconds,
  type TenantPolicy,
  toSeconds,
} from '../../kernel/index.ts'

interface SessionLimits {
  readonly idle: Duration
  readonly absolute: Duration
}

/** What a profile permits at most; undefined: nothing of its own. */
const LIMITS: Readonly<Record<TenantPolicy['passwordProfile'], SessionLimits | undefined>> = {
  nist: undefined,
  // PCI DSS 4.0.1 8.2.8: 15 minutes. It names no absolute limit: a working day.
  'pci-dss': { idle: minutes(15), absolute: hours(12) },
  // PSD2 RTS art. 4(3)(d): 5 minutes.
  psd2: { idle: minutes(5), absolute: hours(12) },
}

/**
 * The profile and the settings of the tenant together: the stricter rule counts. An access token
 * lives for less than the idle limit, so that a client that is in use refreshes before its session
 * is taken for idle.
 */
export function withProfileLimits(policy: TenantPolicy): TenantPolicy {
  const limits = LIMITS[policy.passwordProfile]
  if (limits === undefined) return policy
  const { idle, absolute } = limits
  const sessionIdle = shorter(policy.sessionIdle, idle)
  return {
    ...policy,
    sessionIdle,
    cookieIdle: shorter(policy.cookieIdle, idle),
    sessionAbsolute: shorter(policy.sessionAbsolute, absolute),
    refreshTokenLifetime: shorter(policy.refreshTokenLifetime, absolute),
    accessTokenLifetime: shorter(
      policy.accessTokenLifetime,
      seconds(Math.floor((toSeconds(sessionIdle) * 4) / 5)),
    ),
    refreshGrace: seconds(0),
  }
}

function shorter(a: Duration, b: Duration): Duration {
  return a.milliseconds <= b.milliseconds ? a : b
}
