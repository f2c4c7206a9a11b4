import { describe, expect, it } from 'vitest'
import { toSeconds } from '../../kernel/index.ts'
import { tenantSettingsSchema, toPolicy } from './settings.ts'

const limitsOf = (settings: object) => {
  const policy = toPolicy(tenantSettingsSchema.parse(settings))
  return {
    idle: toSeconds(policy.sessionIdle),
    cookieIdle: toSeconds(policy.cookieIdle),
    absolute: toSeconds(policy.sessionAbsolute),
    access: toSeconds(policy.accessTokenLifetime),
    refresh: toSeconds(policy.refreshTokenLifetime),
    grace: toSeconds(policy.refreshGrace),
  }
}

describe('the limits of sessions', () => {
  it('are those of the settings under the profile of NIST', () => {
    expect(limitsOf({ session_idle_seconds: 7200 })).toMatchObject({ idle: 7200, grace: 10 })
  })

  it('are five minutes of PSD2 and fifteen of PCI DSS, and a day of work at most', () => {
    expect(limitsOf({ password_profile: 'psd2' })).toEqual({
      idle: 300,
      cookieIdle: 300,
      absolute: 43_200,
      access: 240,
      refresh: 43_200,
      grace: 0,
    })
    expect(limitsOf({ password_profile: 'pci-dss' })).toMatchObject({
      idle: 900,
      cookieIdle: 900,
      absolute: 43_200,
      access: 600,
    })
  })

  it('are the stricter of settings and profile', () => {
    const strict = {
      session_idle_seconds: 120,
      cookie_idle_seconds: 60,
      session_absolute_seconds: 600,
      access_token_lifetime_seconds: 60,
    }

    expect(limitsOf({ password_profile: 'psd2', ...strict })).toMatchObject({
      idle: 120,
      cookieIdle: 60,
      absolute: 600,
      access: 60,
    })
  })
})
