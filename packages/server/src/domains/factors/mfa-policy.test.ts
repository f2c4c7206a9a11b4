import { describe, expect, it } from 'vitest'
import { ACR, days, type TenantPolicy } from '../../kernel/index.ts'
import {
  type ClientMfaRules,
  findMissingFactor,
  findUnmetRule,
  isEnoughLeft,
  mfaRulesFor,
  TRUSTED_DEVICE_AMR,
} from './mfa-policy.ts'
import type { FactorState } from './model.ts'

const NONE: FactorState = { kinds: [], backupCodesLeft: 0 }
const TOTP: FactorState = { kinds: ['totp'], backupCodesLeft: 3 }
const KEY: FactorState = { kinds: ['webauthn', 'totp'], backupCodesLeft: 3 }
const BLOCKED: FactorState = { kinds: ['blocked_webauthn'], backupCodesLeft: 3 }
const now = new Date('2026-03-10T00:00:00Z')
const createdAt = new Date('2026-03-01T00:00:00Z')

const BY_PASSWORD = { isFactorProven: false, amr: ['pwd'], acr: ACR.password }
const BY_CODE = { isFactorProven: true, amr: ['pwd', 'otp', 'mfa'], acr: ACR.mfa }
const BY_KEY = { isFactorProven: true, amr: ['pwd', 'hwk', 'user', 'mfa'], acr: ACR.mfa }
const BY_PASSKEY = { isFactorProven: true, amr: ['swk', 'user', 'mfa'], acr: ACR.passkey }

const wholePolicy = (policy: Partial<TenantPolicy>) =>
  ({
    mfa: 'optional',
    mfaRequiredRoles: [],
    mfaPhishingResistantRoles: [],
    mfaGrace: days(0),
    ...policy,
  }) as unknown as TenantPolicy

interface Facts {
  readonly state: FactorState
  readonly proven?: typeof BY_PASSWORD | typeof BY_CODE | typeof BY_PASSKEY
  readonly roles?: string[]
  readonly client?: ClientMfaRules
}

function missing(policy: Partial<TenantPolicy>, facts: Facts) {
  const { state, proven = BY_PASSWORD, roles = ['trader'], client } = facts
  const rules = mfaRulesFor(wholePolicy(policy), { roles, createdAt }, client)
  return findMissingFactor(rules, state, proven, now)
}

const verification = (...methods: string[]) => ({ kind: 'verification', methods })
const enrollment = (...methods: string[]) => ({ kind: 'enrollment', methods })

describe('what a sign-in still needs', () => {
  it.each(['off', 'optional', 'required'] as const)(
    'is a proof of the factor that the user has, under policy %s',
    (mfa) => {
      expect(missing({ mfa }, { state: TOTP })).toEqual(verification('totp', 'backup_code'))
      expect(missing({ mfa }, { state: TOTP, proven: BY_CODE })).toBeUndefined()
    },
  )

  it.each([
    ['off', undefined],
    ['optional', undefined],
    ['required', enrollment('webauthn', 'totp')],
    ['phishing_resistant', enrollment('webauthn')],
  ] as const)('without a factor, under policy %s, is %j', (mfa, expected) => {
    expect(missing({ mfa }, { state: NONE })).toEqual(expected)
  })

  it('is an enrolment for the holder of a role that needs one', () => {
    const policy = { mfaRequiredRoles: ['approver'], mfaPhishingResistantRoles: ['treasurer'] }
    const holding = (...roles: string[]) => ({ state: NONE, roles })

    expect(missing(policy, holding('trader', 'approver'))?.kind).toBe('enrollment')
    expect(missing(policy, holding('treasurer'))).toEqual(enrollment('webauthn'))
    expect(missing(policy, holding('trader'))).toBeUndefined()
    expect(missing({ ...policy, mfa: 'off' }, holding('approver', 'treasurer'))).toBeUndefined()
  })

  it.each([
    [{ mfaPolicy: 'required' }, enrollment('webauthn', 'totp')],
    [{ mfaPolicy: 'phishing_resistant' }, enrollment('webauthn')],
    [{ mfaPolicy: 'off' }, undefined],
    [{ requiredAcr: ACR.password }, undefined],
    [{ requiredAcr: ACR.mfa }, enrollment('webauthn', 'totp')],
    [{ requiredAcr: ACR.passkey }, enrollment('webauthn')],
  ] as const)(
    'is what a client asks for with %j, even where the tenant says off',
    (client, expected) => {
      expect(missing({ mfa: 'off' }, { state: NONE, client })).toEqual(expected)
    },
  )

  it('is never less because of a client', () => {
    const client = { mfaPolicy: 'off', requiredAcr: ACR.password } as const

    expect(missing({ mfa: 'required' }, { state: NONE, client })?.kind).toBe('enrollment')
    expect(
      missing({ mfa: 'phishing_resistant' }, { state: TOTP, client, proven: BY_CODE }),
    ).toEqual(enrollment('webauthn'))
  })

  it('is nothing during the grace after the creation of the user, and no longer', () => {
    for (const mfa of ['required', 'phishing_resistant'] as const) {
      expect(missing({ mfa, mfaGrace: days(10) }, { state: NONE })).toBeUndefined()
      expect(missing({ mfa, mfaGrace: days(9) }, { state: NONE })?.kind).toBe('enrollment')
    }
  })

  it('is asked of those with a factor during the grace as well', () => {
    const policy = { mfa: 'required', mfaGrace: days(10) } as const

    expect(missing(policy, { state: TOTP })?.kind).toBe('verification')
  })
})

describe('where only what a false site can not ask for is enough', () => {
  const strict = { mfa: 'phishing_resistant' } as const

  it('nothing but the key of the user is asked for, and no code lets in', () => {
    expect(missing(strict, { state: KEY })).toEqual(verification('webauthn'))
    expect(missing(strict, { state: KEY, proven: BY_CODE })).toEqual(verification('webauthn'))
  })

  it('a passkey lets in, and so does a security key beside the password', () => {
    expect(missing(strict, { state: KEY, proven: BY_PASSKEY })).toBeUndefined()
    expect(missing(strict, { state: KEY, proven: BY_KEY })).toBeUndefined()
  })

  it.each([
    ['an app', TOTP],
    ['a blocked key', BLOCKED],
  ])('the user of %s proves what there is, then enrols a key', (_, state) => {
    expect(missing(strict, { state })?.kind).toBe('verification')
    expect(missing(strict, { state, proven: BY_CODE })).toEqual(enrollment('webauthn'))
  })

  it('an app is enough during the grace', () => {
    const patient = { ...strict, mfaGrace: days(10) }

    expect(missing(patient, { state: TOTP, proven: BY_CODE })).toBeUndefined()
    expect(missing(patient, { state: KEY, proven: BY_CODE })).toEqual(verification('webauthn'))
  })

  it('a client that asks for the class of passkeys is not content with a key alone', () => {
    const client = { requiredAcr: ACR.passkey }

    expect(missing({}, { state: KEY, client, proven: BY_KEY })).toEqual(verification('webauthn'))
    expect(missing({}, { state: KEY, client, proven: BY_PASSKEY })).toBeUndefined()
  })
})

describe('what a user must keep', () => {
  it.each([
    ['off', [], true],
    ['optional', [], true],
    ['required', [], false],
    ['required', ['totp'], true],
    ['phishing_resistant', ['totp', 'blocked_webauthn'], false],
    ['phishing_resistant', ['webauthn'], true],
  ] as const)('under policy %s, %j: %s', (mfa, left, expected) => {
    expect(isEnoughLeft(wholePolicy({ mfa }), { roles: [] }, left)).toBe(expected)
  })
})

describe('what a session owes by the rules of now', () => {
  const BY_TRUST = { amr: ['pwd', TRUSTED_DEVICE_AMR], acr: ACR.password }
  const owed = (
    mfa: TenantPolicy['mfa'],
    proven: Parameters<typeof findUnmetRule>[1],
    graceEndsAt = now,
  ) => findUnmetRule({ mfa, graceEndsAt }, proven, now)

  it.each(['off', 'optional'] as const)('is nothing under policy %s', (mfa) => {
    expect(owed(mfa, BY_PASSWORD)).toBeUndefined()
  })

  it('is nothing for as long as the grace lasts', () => {
    const end = new Date(now.getTime() + 1)

    expect(owed('required', BY_PASSWORD, end)).toBeUndefined()
    expect(owed('phishing_resistant', BY_PASSWORD, end)).toBeUndefined()
  })

  it('is a factor where one is required, unless it was proven, or the device is trusted', () => {
    expect(owed('required', BY_PASSWORD)).toEqual({ acr: ACR.mfa })
    expect(owed('required', BY_CODE)).toBeUndefined()
    expect(owed('required', BY_TRUST)).toBeUndefined()
    expect(owed('required', { amr: ['swk', 'user'], acr: ACR.password })).toBeUndefined()
  })

  it('is a passkey where nothing else is enough', () => {
    for (const proven of [BY_PASSWORD, BY_CODE, BY_TRUST]) {
      expect(owed('phishing_resistant', proven)).toEqual({ acr: ACR.passkey })
    }
    expect(owed('phishing_resistant', BY_KEY)).toBeUndefined()
    expect(owed('phishing_resistant', BY_PASSKEY)).toBeUndefined()
  })
})
