import { once } from 'node:events'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId, Secret } from '../../src/kernel/index.ts'
import {
  createSmtpTransport,
  type EmailAddress,
  type SmtpTransport,
} from '../../src/platform/mail/index.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { mailTo } from './read-mail.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: text that a user or an operator chose becomes a header or a recipient of our mail. */
let world: World
let acme: Tenant
let smtp: SmtpTransport
let server: SMTPServer
const received: { recipients: string[]; mail: ParsedMail; raw: string }[] = []

const BREAKS = ['\r\n', '\n', '\r', '\u2028', '\u0085', '\u000b', '%0d%0a'] as const
const INJECTED = 'Bcc: evil@evil.test'

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks)
        void simpleParser(raw).then((mail) => {
          const recipients = session.envelope.rcptTo.map((to) => to.address)
          received.push({ recipients, mail, raw: raw.toString() })
          callback()
        })
      })
    },
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  smtp = createSmtpTransport(new Secret(`smtp://127.0.0.1:${address.port}`), 'Id <id@acme.test>')
})
afterAll(async () => {
  smtp.close()
  server.close()
  await world.close()
})

function register(body: Record<string, unknown>, tenant = acme) {
  const all = { password: 'plum-orbit-lantern-42', ...body }
  return world.actors.nobody(tenant).call('POST', '/api/auth/register', all)
}

/** Takes what the server composed for the address over the wire to a real mail server. */
async function onTheWire(address: string): Promise<(typeof received)[number]> {
  const [composed] = await mailTo(world, address)
  if (composed === undefined) throw new Error('no mail')
  await smtp.send({
    to: composed.to as EmailAddress,
    subject: composed.subject,
    text: composed.text,
  })
  const last = received.at(-1)
  if (last === undefined) throw new Error('nothing arrived')
  return last
}

describe.each(BREAKS)('a line break written as %j', (lineBreak) => {
  it('in an address is refused, and no mail goes out', async () => {
    const before = await tenantState(world, acme)
    const mails = world.mailbox.list().length
    const addresses = [
      `a@example.test${lineBreak}${INJECTED}`,
      `a@example.test${lineBreak}`,
      `a@exa${lineBreak}mple.test`,
      // A percent sign is a legal character before the `@`.
      ...(lineBreak === '%0d%0a'
        ? []
        : [`a${lineBreak}@example.test`, `${lineBreak}a@example.test`]),
    ]

    for (const email of addresses) {
      const forgot = '/api/auth/password/forgot'
      const resend = '/api/auth/verify-email/resend'
      expectProblem(await register({ email }), 'invalid_request', 400)
      for (const path of [forgot, resend]) {
        const answer = await world.actors.nobody(acme).call('POST', path, { email })
        expectProblem(answer, 'invalid_request', 400)
      }
    }

    expect(await tenantState(world, acme)).toEqual(before)
    expect(world.mailbox.list()).toHaveLength(mails)
  })

  it('in a display name is refused or stays out of the headers', async () => {
    const email = `${newId('usr').slice(4)}@example.test`

    const answer = await register({ email, display_name: `Ana${lineBreak}${INJECTED}` })

    if (lineBreak !== '%0d%0a') return void expectProblem(answer, 'invalid_request', 400)
    const { recipients, raw } = await onTheWire(email)
    expect(recipients).toEqual([email])
    expect(raw).not.toMatch(/^Bcc:/im)
  })

  it('in the name of a tenant adds no header and no recipient', async () => {
    const system = await world.app.tenants.findBySlug('system')
    if (system === undefined) throw new Error('the system tenant is missing')
    const slug = `t-${newId('ten').slice(4)}`
    const name = `Evil${lineBreak}${INJECTED}${lineBreak}${lineBreak}<script>`
    const tenant = await world.app.tenants.create(world.internalContext(system), { slug, name })
    const email = `${newId('usr').slice(4)}@example.test`

    const answer = await register({ email }, tenant)

    expect(answer.statusCode).toBe(202)
    const { recipients, mail, raw } = await onTheWire(email)
    const head = raw.slice(0, raw.indexOf('\r\n\r\n'))
    expect(recipients).toEqual([email])
    expect(mail.bcc).toBeUndefined()
    expect(head).not.toMatch(/^bcc:/im)
    expect(head.match(/^subject:/gim)).toHaveLength(1)
    expect(mail.subject).toContain('Evil')
    expect(mail.text).toContain(`${tenant.issuer}/verify-email#`)
  })
})

it('sends mail for a tenant with the longest name that a tenant may have', async () => {
  const system = await world.app.tenants.findBySlug('system')
  if (system === undefined) throw new Error('the system tenant is missing')
  const slug = `t-${newId('ten').slice(4)}`
  const name = 'N'.repeat(200)
  const tenant = await world.app.tenants.create(world.internalContext(system), { slug, name })
  const email = `${newId('usr').slice(4)}@example.test`

  const answer = await register({ email }, tenant)

  expect(answer.statusCode).toBe(202)
  expect((await onTheWire(email)).recipients).toEqual([email])
})

it.each([
  'a@example.test, evil@evil.test',
  'a@example.test;evil@evil.test',
  '<a@example.test>',
  'Ana <a@example.test>',
  '"a b"@example.test',
  'a@example.test>\r\nRCPT TO:<evil@evil.test',
  'a@[127.0.0.1]',
  'a@localhost',
  '@example.test',
  'a@@example.test',
  '-a@example.test evil@evil.test',
])('the address %j is refused', async (email) => {
  expectProblem(await register({ email }), 'invalid_request', 400)
})
