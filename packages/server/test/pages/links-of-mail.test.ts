import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDeviceMessages } from '../../src/composition/device-messages.ts'
import { createEmailSignInMessages } from '../../src/composition/email-sign-in-messages.ts'
import { createFactorMessages } from '../../src/composition/factor-messages.ts'
import { createIdentityMessages } from '../../src/composition/identity-messages.ts'
import type { FactorMessage } from '../../src/domains/factors/index.ts'
import type { IdentityMessage } from '../../src/domains/identity/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { Secret } from '../../src/kernel/index.ts'
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

/** The text of every message that the server can send. */
async function everyMessage(): Promise<string[]> {
  const texts: string[] = []
  const outbox = {
    enqueueMail: async (_tx: unknown, _context: unknown, { text }: { text: string }) => {
      texts.push(text)
    },
  }
  const tx = {} as Tx
  const context = world.internalContext(acme)
  const to = 'ana@acme.test'
  const expiresAt = world.clock.now()
  const token = new Secret('some-token')
  for (const kind of Object.keys(IDENTITY) as IdentityMessage['kind'][]) {
    await createIdentityMessages(outbox).send(tx, context, { kind, to, token, expiresAt })
  }
  for (const kind of Object.keys(FACTORS) as FactorMessage['kind'][]) {
    await createFactorMessages(outbox).send(tx, context, { kind, to, locale: undefined })
  }
  for (const kind of ['link', 'code'] as const) {
    const message = { kind, to, secret: token, expiresAt, locale: undefined }
    await createEmailSignInMessages(outbox).send(tx, context, message)
  }
  const device = { to, label: 'Firefox', place: undefined }
  await createDeviceMessages(outbox).send(tx, context, device)
  return texts
}

it('leads from every link of every message to a page that waits for a click', async () => {
  const texts = await everyMessage()
  const links = texts.flatMap((text) => text.match(/https?:\/\/\S+/g) ?? [])

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
