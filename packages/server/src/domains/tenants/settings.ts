import { z } from 'zod'
import {
  ACCESS_TOKEN_CLAIMS,
  days,
  seconds,
  SIGNING_ALGORITHMS,
  type TenantPolicy,
} from '../../kernel/index.ts'
import { withProfileLimits } from './profile-limits.ts'
import { brandColorSchema, brandLogoSchema } from './brand-settings.ts'
import { countryListSchema, networkListSchema } from './source-settings.ts'

const secondsBetween = (low: number, high: number) => z.int().min(low).max(high)

const numberBeginning = z.string().regex(/^\+[1-9][0-9]{0,6}$/)

const settings = {
  access_token_lifetime_seconds: secondsBetween(60, 3600),
  refresh_token_lifetime_seconds: secondsBetween(3600, 30 * 86_400),
  refresh_grace_seconds: secondsBetween(0, 60),
  session_idle_seconds: secondsBetween(60, 30 * 86_400),
  session_absolute_seconds: secondsBetween(300, 90 * 86_400),
  cookie_idle_seconds: secondsBetween(60, 86_400),
  audiences: z.array(z.string().min(1).max(200)).max(20),
  resource_servers: z.record(
    z.string().min(1).max(200),
    z.strictObject({
      access_token_format: z.enum(['jwt', 'opaque']).optional(),
      access_token_lifetime_seconds: secondsBetween(30, 3600).optional(),
      access_token_claims: z.array(z.enum(ACCESS_TOKEN_CLAIMS)).max(4).optional(),
      access_token_signing_alg: z.enum(SIGNING_ALGORITHMS).optional(),
    }),
  ),
  signing_algorithms: z.array(z.enum(['PS256', 'RS256', 'EdDSA'])).max(3),
  registration: z.enum(['open', 'closed']),
  reauthentication_seconds: secondsBetween(60, 3600),
  risk_failure: z.enum(['refuse', 'allow']),
  impossible_travel: z.enum(['off', 'step_up', 'refuse']),
  unusual_sign_ins: z.enum(['off', 'step_up']),
  sanctions_screening: z.enum(['off', 'review', 'refuse']),
  ip_deny_list: networkListSchema,
  ip_allow_list: networkListSchema,
  country_deny_list: countryListSchema,
  country_allow_list: countryListSchema,
  password_minimum_length: z.int().min(8).max(64),
  password_profile: z.enum(['nist', 'pci-dss', 'psd2']),
  email_verification_lifetime_seconds: secondsBetween(300, 7 * 86_400),
  password_reset_lifetime_seconds: secondsBetween(300, 3600),
  sign_in_failures_before_delay: z.int().min(3).max(10),
  mfa_policy: z.enum(['off', 'optional', 'required', 'phishing_resistant']),
  stuffing_brake_accounts: z.int().min(10).max(100_000),
  trusted_device_days: z.int().min(0).max(90),
  refresh_device_binding: z.enum(['off', 'when_known']),
  client_documents: z.enum(['off', 'allowed']),
  dpop_nonces: z.enum(['fapi2', 'always']),
  captcha_policy: z.enum(['off', 'adaptive', 'always']),
  mfa_required_roles: z.array(z.string().min(1).max(64)).max(50),
  mfa_phishing_resistant_roles: z.array(z.string().min(1).max(64)).max(50),
  mfa_grace_days: z.int().min(0).max(30),
  email_sign_in_methods: z.array(z.enum(['link', 'code'])).max(2),
  magic_link_same_browser: z.boolean(),
  sms_allowed_countries: z.array(numberBeginning).max(100),
  sms_daily_limit: z.int().min(0).max(1_000_000),
  sms_country_daily_limit: z.int().min(0).max(1_000_000),
  sms_country_daily_limits: z
    .record(numberBeginning, z.int().min(0).max(1_000_000))
    .refine((limits) => Object.keys(limits).length <= 100, 'must have 100 members at most'),
  webauthn_user_verification: z.enum(['required', 'preferred']),
  webauthn_attestation: z.enum(['none', 'direct']),
  webauthn_allowed_aaguids: z.array(z.guid().toLowerCase()).max(200),
  brand_color: brandColorSchema.nullable(),
  brand_logo: brandLogoSchema.nullable(),
}

/**
 * The policy as it is stored and sent. Every member has a default, so a member that a later
 * release adds needs no migration.
 */
export const tenantSettingsSchema = z.strictObject({
  access_token_lifetime_seconds: settings.access_token_lifetime_seconds.default(600),
  refresh_token_lifetime_seconds: settings.refresh_token_lifetime_seconds.default(14 * 86_400),
  refresh_grace_seconds: settings.refresh_grace_seconds.default(10),
  session_idle_seconds: settings.session_idle_seconds.default(14 * 86_400),
  session_absolute_seconds: settings.session_absolute_seconds.default(30 * 86_400),
  cookie_idle_seconds: settings.cookie_idle_seconds.default(3600),
  audiences: settings.audiences.default([]),
  resource_servers: settings.resource_servers.default({}),
  // Beside ES256. RFC 8725bis §3.1: each has keys of its own.
  signing_algorithms: settings.signing_algorithms.default([]),
  registration: settings.registration.default('open'),
  // ASVS 7.5.1 and 7.5.3; PSD2 RTS art. 4(3)(d) gives five minutes.
  reauthentication_seconds: settings.reauthentication_seconds.default(300),
  risk_failure: settings.risk_failure.default('refuse'),
  impossible_travel: settings.impossible_travel.default('off'),
  unusual_sign_ins: settings.unusual_sign_ins.default('off'),
  sanctions_screening: settings.sanctions_screening.default('off'),
  ip_deny_list: settings.ip_deny_list.default([]),
  ip_allow_list: settings.ip_allow_list.default([]),
  country_deny_list: settings.country_deny_list.default([]),
  country_allow_list: settings.country_allow_list.default([]),
  // NIST 800-63B-4 §3.1.1.2 asks for 15 where the password is the only factor; ASVS 6.2.1 for 8.
  password_minimum_length: settings.password_minimum_length.default(12),
  password_profile: settings.password_profile.default('nist'),
  email_verification_lifetime_seconds: settings.email_verification_lifetime_seconds.default(86_400),
  password_reset_lifetime_seconds: settings.password_reset_lifetime_seconds.default(1800),
  // PSD2 RTS art. 4(3)(b): at most five consecutive failures.
  sign_in_failures_before_delay: settings.sign_in_failures_before_delay.default(5),
  stuffing_brake_accounts: settings.stuffing_brake_accounts.default(200),
  trusted_device_days: settings.trusted_device_days.default(0),
  refresh_device_binding: settings.refresh_device_binding.default('when_known'),
  client_documents: settings.client_documents.default('off'),
  dpop_nonces: settings.dpop_nonces.default('fapi2'),
  captcha_policy: settings.captcha_policy.default('adaptive'),
  mfa_policy: settings.mfa_policy.default('optional'),
  mfa_required_roles: settings.mfa_required_roles.default([]),
  mfa_phishing_resistant_roles: settings.mfa_phishing_resistant_roles.default([]),
  mfa_grace_days: settings.mfa_grace_days.default(0),
  email_sign_in_methods: settings.email_sign_in_methods.default([]),
  magic_link_same_browser: settings.magic_link_same_browser.default(true),
  // SMS cost money, and some are made to: a tenant names the countries and raises the budget.
  sms_allowed_countries: settings.sms_allowed_countries.default([]),
  sms_daily_limit: settings.sms_daily_limit.default(500),
  sms_country_daily_limit: settings.sms_country_daily_limit.default(200),
  sms_country_daily_limits: settings.sms_country_daily_limits.default({}),
  webauthn_user_verification: settings.webauthn_user_verification.default('preferred'),
  webauthn_attestation: settings.webauthn_attestation.default('none'),
  webauthn_allowed_aaguids: settings.webauthn_allowed_aaguids.default([]),
  brand_color: settings.brand_color.default(null),
  brand_logo: settings.brand_logo.default(null),
})

export type TenantSettings = z.output<typeof tenantSettingsSchema>

/** Any part of the settings, as a caller sends it. */
export const tenantSettingsPatchSchema = z.strictObject(settings).partial()

export type TenantSettingsPatch = z.output<typeof tenantSettingsPatchSchema>

/** The strictest of the settings and of the profile. */
export function toPolicy(from: TenantSettings): TenantPolicy {
  return withProfileLimits({
    accessTokenLifetime: seconds(from.access_token_lifetime_seconds),
    refreshTokenLifetime: seconds(from.refresh_token_lifetime_seconds),
    refreshGrace: seconds(from.refresh_grace_seconds),
    sessionIdle: seconds(from.session_idle_seconds),
    sessionAbsolute: seconds(from.session_absolute_seconds),
    cookieIdle: seconds(from.cookie_idle_seconds),
    audiences: from.audiences,
    resourceServers: new Map(Object.entries(from.resource_servers)),
    signingAlgorithms: from.signing_algorithms,
    registration: from.registration,
    riskFailure: from.risk_failure,
    impossibleTravel: from.impossible_travel,
    unusualSignIns: from.unusual_sign_ins,
    sanctionsScreening: from.sanctions_screening,
    ipDenyList: from.ip_deny_list,
    ipAllowList: from.ip_allow_list,
    countryDenyList: from.country_deny_list,
    countryAllowList: from.country_allow_list,
    reauthenticationAge: seconds(from.reauthentication_seconds),
    passwordMinimumLength: from.password_minimum_length,
    passwordProfile: from.password_profile,
    emailVerificationLifetime: seconds(from.email_verification_lifetime_seconds),
    passwordResetLifetime: seconds(from.password_reset_lifetime_seconds),
    signInFailuresBeforeDelay: from.sign_in_failures_before_delay,
    stuffingBrakeAccounts: from.stuffing_brake_accounts,
    trustedDevice: days(from.trusted_device_days),
    refreshDeviceBinding: from.refresh_device_binding,
    clientDocuments: from.client_documents,
    dpopNonces: from.dpop_nonces,
    captcha: from.captcha_policy,
    mfa: from.mfa_policy,
    mfaRequiredRoles: from.mfa_required_roles,
    mfaPhishingResistantRoles: from.mfa_phishing_resistant_roles,
    mfaGrace: days(from.mfa_grace_days),
    emailSignIn: from.email_sign_in_methods,
    magicLinkSameBrowser: from.magic_link_same_browser,
    smsCountries: from.sms_allowed_countries,
    smsDailyLimit: from.sms_daily_limit,
    smsCountryDailyLimit: from.sms_country_daily_limit,
    smsCountryDailyLimits: from.sms_country_daily_limits,
    webauthnUserVerification: from.webauthn_user_verification,
    webauthnAttestation: from.webauthn_attestation,
    webauthnAllowedAaguids: from.webauthn_allowed_aaguids,
  })
}
