import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDeviceMessages } from '../../src/composition/device-messages.ts'
import { createEmailSignInMessages } from '../../src/composition/email-sign-in-messages.ts'
import { createFactorMessages } from '../../src/composition/factor-messages.ts'
import { createIdentityMessages } from '../../src/composition/identity-messages.ts'
import { createSmsCodeMessages } from '../../src/composition/sms-code-messages.ts'
import type { FactorMessage } from '../../src/domains/factors/index.ts'
import type { IdentityMessage } from '../../src/domains/identity/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
import { LANGUAGES } from '../../src/pages/language/languages.ts'
import type { Tx } from '../../src/platform/db/index.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant('acme', { email_sign_in_methods: ['link', 'code'] })
})

afterAll(() => world.close())

// A kind that is missing here does not compile.
const IDENTITY: Readonly<Record<IdentityMessage['kind'], true>> = {
  verify_email: true,
  already_registered: true,
  reset_password: true,
  unlock_account: true,
  password_changed: true,
  invitation: true,
  confirm_email_change: true,
  email_in_use: true,
  email_change_requested: true,
  email_changed: true,
  email_change_undone: true,
}
const FACTORS: Readonly<Record<FactorMessage['kind'], true>> = {
  factor_added: true,
  factor_removed: true,
  backup_codes_made: true,
  backup_code_used: true,
  clone_suspected: true,
}

interface Message {
  readonly subject: string
  readonly text: string
}

/** Every message that the server can send, in that language. */
async function everyMessage(locale = 'en', name = 'Acme'): Promise<Message[]> {
  const sent: Message[] = []
  const outbox = {
    enqueueMail: async (_tx: unknown, _context: unknown, message: Message) => {
      sent.push(message)
    },
    enqueueSms: async (_tx: unknown, _context: unknown, { text }: { text: string }) => {
      sent.push({ subject: `SMS ${locale}`, text })
    },
  }
  const tx = {} as Tx
  const context = { ...world.internalContext(acme), tenant: { ...acme, name } }
  const to = 'ana@acme.test'
  const expiresAt = world.clock.now()
  const token = new Secret('some-token')
  for (const kind of Object.keys(IDENTITY) as IdentityMessage['kind'][]) {
    await createIdentityMessages(outbox).send(tx, context, { kind, to, token, expiresAt, locale })
  }
  for (const kind of Object.keys(FACTORS) as FactorMessage['kind'][]) {
    await createFactorMessages(outbox).send(tx, context, { kind, to, locale })
  }
  for (const factor of ['totp', 'hotp', 'sms'] as const) {
    const added = { kind: 'factor_added', factor, to, locale } as const
    await createFactorMessages(outbox).send(tx, context, added)
  }
  for (const kind of ['link', 'code'] as const) {
    const message = { kind, to, secret: token, expiresAt, locale }
    await createEmailSignInMessages(outbox).send(tx, context, message)
  }
  const device = { to, label: 'Firefox', place: undefined, locale }
  await createDeviceMessages(outbox).send(tx, context, device)
  const sms = { to: '+41791234567', code: token, expiresAt, locale }
  await createSmsCodeMessages(outbox).send(tx, context, sms)
  return sent
}

const [english, ...others] = LANGUAGES

it.each(others.map(({ name, tag }) => [name, tag]))('is sent in %s too', async (_, tag) => {
  const inEnglish = await everyMessage(english.tag)
  const translated = await everyMessage(tag)

  expect(translated).toHaveLength(inEnglish.length)
  for (const [index, { subject, text }] of translated.entries()) {
    const other = inEnglish[index]
    expect(subject).not.toBe(other?.subject)
    // A line that is the same in both says nothing but data.
    const known = new Set(other?.text.split('\n'))
    const same = text.split('\n').filter((line) => known.has(line))
    expect(same.filter((line) => / .* .* /.test(line))).toEqual([])
  }
})

it.each(LANGUAGES.map(({ tag }) => tag))('has nothing left open in %s, and fits', async (tag) => {
  for (const { subject, text } of await everyMessage(tag, '{link}'.repeat(20))) {
    expect(Array.from(subject).length).toBeLessThanOrEqual(200)
    expect(text.replaceAll(/(?:\{link\})+(?:\{l?i?n?)?/g, '')).not.toMatch(/\{\w+\}|undefined/)
  }
})

it('leads from every link of every message to a page that waits for a click', async () => {
  const messages = await everyMessage()
  const links = messages.flatMap(({ text }) => text.match(/https?:\/\/\S+/g) ?? [])

  expect(new Set(links.map((link) => new URL(link).pathname.split('/').at(-1)))).toEqual(
    new Set([
      'verify-email',
      'reset-password',
      'invitation',
      'unlock',
      'confirm-email',
      'undo-email',
      'magic-link',
    ]),
  )
  for (const link of links) {
    const { pathname, hash } = new URL(link)
    const { statusCode, body } = await world.app.http.inject({ method: 'GET', url: pathname })

    expect([link, statusCode]).toEqual([link, 200])
    expect([link, body.includes('data-token-field')]).toEqual([link, true])
    expect(body).toContain(`action="${pathname}"`)
    expect(hash).toBe('#some-token')
  }
})
