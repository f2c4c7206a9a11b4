import { expect, it } from 'vitest'
import { newId } from '../../kernel/index.ts'
import { describeSignal } from './describe-signal.ts'
import type { SignalType } from './event-types.ts'

const naming = {
  issuer: 'https://id.example.test/t/acme',
  streamId: newId('stm'),
  subjects: {
    subjectFor: async () => 'name of the user',
    sessionIdFor: async () => 'name of the session',
    causeFor: async () => 'name of the request',
    findUser: async () => undefined,
  },
}

async function eventOf(type: SignalType, facts: Record<string, unknown>) {
  const signal = {
    id: newId('set'),
    type,
    userId: newId('usr'),
    sessionId: undefined,
    facts,
    requestId: undefined,
    occurredAt: new Date('2026-03-01T12:00:00Z'),
  }
  return (await describeSignal(signal, naming)).event
}

it.each([
  ['user.password_changed', undefined, 'password', 'update'],
  ['user.password_reset', undefined, 'password', 'update'],
  ['user.invitation_accepted', undefined, 'password', 'create'],
  ['factor.confirmed', 'totp', 'app', 'create'],
  ['factor.confirmed', 'sms', 'phone-sms', 'create'],
  ['factor.removed', 'hotp', 'app', 'delete'],
  ['webauthn.registered', undefined, 'fido2', 'create'],
  ['webauthn.removed', undefined, 'fido2', 'delete'],
  ['backup_codes.made', undefined, 'recovery_code', 'update'],
])('CAEP §3.3.1: %s of %s is a %s, %s', async (action, kind, credential_type, change_type) => {
  const event = await eventOf('caep/credential-change', { action, kind, by: 'user' })

  expect(event).toMatchObject({ credential_type, change_type, initiating_entity: 'user' })
})

it('CAEP §3.4.1: a class that is weaker than the one before is a decrease', async () => {
  const [stronger, weaker] = ['urn:countersign:acr:passkey', 'urn:countersign:acr:mfa']

  const event = await eventOf('caep/assurance-level-change', {
    acr: weaker,
    previous_acr: stronger,
  })

  expect(event).toMatchObject({ change_direction: 'decrease', current_level: weaker })
})

it('RISC §2.7: says which credential is compromised', async () => {
  const action = 'user.password_change_demanded'

  expect(await eventOf('risc/credential-compromise', { action })).toMatchObject({
    credential_type: 'password',
  })
  expect(
    await eventOf('risc/credential-compromise', { action: 'session.reuse_detected' }),
  ).toMatchObject({ credential_type: 'refresh_token' })
})
