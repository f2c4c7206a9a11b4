import { once } from 'node:events'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import {
  createSmtpTransport,
  type EmailAddress,
  MailSendError,
  type SmtpTransport,
} from './index.ts'

interface Received {
  readonly recipients: readonly string[]
  readonly sender: string
  readonly mail: ParsedMail
}

const received: Received[] = []
const open: { close(): unknown }[] = []
beforeEach(() => received.splice(0))
afterAll(() => {
  for (const resource of open) resource.close()
})

async function listen(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, session, callback) => {
      void simpleParser(stream).then((mail) => {
        const { mailFrom, rcptTo } = session.envelope
        const sender = mailFrom === false ? '' : mailFrom.address
        received.push({ mail, sender, recipients: rcptTo.map((to) => to.address) })
        callback()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  open.push(server)
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function connect(url: string, from = 'Acme Bank <id@acme.test>'): SmtpTransport {
  const transport = createSmtpTransport(new Secret(url), from)
  open.unshift(transport)
  return transport
}

const to = (text: string) => text as EmailAddress
const ben = to('ben@acme.test')

describe('SMTP transport', async () => {
  const port = await listen()
  const transport = connect(`smtp://127.0.0.1:${port}`)

  it('delivers text and HTML to one recipient', async () => {
    await transport.send({
      to: ben,
      subject: 'Ihr Code für Ähnliches 🐎',
      text: 'Text: https://id.example/x?a=1&b=2',
      html: '<p>HTML</p>',
    })

    const [entry] = received
    expect(entry?.recipients).toEqual(['ben@acme.test'])
    expect(entry?.sender).toBe('id@acme.test')
    expect(entry?.mail.subject).toBe('Ihr Code für Ähnliches 🐎')
    expect(entry?.mail.text).toContain('https://id.example/x?a=1&b=2')
    expect(entry?.mail.html).toContain('<p>HTML</p>')
    expect(entry?.mail.from?.text).toBe('"Acme Bank" <id@acme.test>')
    expect(entry?.mail.to).toMatchObject({ text: 'ben@acme.test' })
    expect(entry?.mail.headers.get('auto-submitted')).toBe('auto-generated')
  })

  it.each([
    ['a header after a line break', 'ben@acme.test\r\nBcc: eve@evil.test'],
    ['a bare line feed', 'ben@acme.test\nX-Injected: 1'],
    ['a second address', 'ben@acme.test, eve@evil.test'],
    ['a name with an address inside', 'eve@evil.test <ben@acme.test>'],
    ['a group', 'all: ben@acme.test, eve@evil.test;'],
    ['an SMTP command', 'ben@acme.test>\r\nRCPT TO:<eve@evil.test'],
    ['upper case, which parsing would have changed', 'Ben@acme.test'],
  ])('refuses a recipient with %s, and sends nothing', async (_, text) => {
    const mail = { to: to(text), subject: 'x', text: 'x' }

    await expect(transport.send(mail)).rejects.toThrow(TypeError)
    expect(received).toEqual([])
  })

  it.each([
    ['CR LF', 'x\r\nBcc: eve@evil.test'],
    ['LF', 'x\nBcc: eve@evil.test'],
    ['CR', 'x\rBcc: eve@evil.test'],
    ['NUL', 'x\0'],
    ['a line separator', 'x\u2028y'],
    ['nothing but spaces', '  '],
    ['more than 200 characters', 'x'.repeat(201)],
  ])('refuses a subject with %s, and sends nothing', async (_, subject) => {
    await expect(transport.send({ to: ben, subject, text: 'x' })).rejects.toThrow(TypeError)
    expect(received).toEqual([])
  })

  it('adds no header and no recipient for what the text says', async () => {
    const text = 'a\r\n.\r\nRCPT TO:<eve@evil.test>\r\nBcc: eve@evil.test\r\n..\r\nend'

    await transport.send({ to: ben, subject: 'Bcc: eve@evil.test', text })

    expect(received).toHaveLength(1)
    expect(received[0]?.recipients).toEqual(['ben@acme.test'])
    expect(received[0]?.mail.headers.has('bcc')).toBe(false)
    expect(received[0]?.mail.text).toContain('\n.\n')
    expect(received[0]?.mail.text).toContain('end')
  })

  it('delivers 50 mails sent at once, each to its own recipient', async () => {
    const recipients = Array.from({ length: 50 }, (_, i) => `user${i}@acme.test`)

    await Promise.all(
      recipients.map((address) => transport.send({ to: to(address), subject: address, text: 'x' })),
    )

    expect(received).toHaveLength(50)
    for (const { mail, recipients: given } of received) expect(given).toEqual([mail.subject])
  })
})

describe('SMTP transport and a server that refuses', () => {
  const mail = { to: ben, subject: 'x', text: 'x' }

  const answer = (responseCode: number): SMTPServerOptions => ({
    onRcptTo: (_address, _session, callback) => {
      callback(Object.assign(new Error('no ben@acme.test here'), { responseCode }))
    },
  })

  it.each([
    [550, true],
    [451, false],
  ])('tells whether the answer %i is permanent: %s', async (code, permanent) => {
    const transport = connect(`smtp://127.0.0.1:${await listen(answer(code))}`)

    const error: unknown = await transport.send(mail).catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(MailSendError)
    expect((error as MailSendError).permanent).toBe(permanent)
    expect((error as MailSendError).message).not.toContain('ben')
  })

  it('fails for now when nobody listens', async () => {
    const transport = connect('smtp://127.0.0.1:1')

    await expect(transport.send(mail)).rejects.toMatchObject({ permanent: false })
  })

  it('signs in with the user and password of the URL', async () => {
    const seen: string[] = []
    const port = await listen({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (auth, _session, callback) => {
        seen.push(`${auth.username}:${auth.password}`)
        callback(null, { user: auth.username })
      },
    })

    await connect(`smtp://us%40er:p%2Fw@127.0.0.1:${port}`).send(mail)

    expect(seen).toEqual(['us@er:p/w'])
  })

  it('refuses to send without TLS to a host that is not known as loopback', async () => {
    const port = await listen()

    // A spelling of loopback that the transport does not know, so it is a stranger to it.
    const strict = connect(`smtp://[::ffff:127.0.0.1]:${port}`)
    await expect(strict.send(mail)).rejects.toThrow(MailSendError)
    expect(received).toEqual([])

    await connect(`smtp://[::ffff:127.0.0.1]:${port}?tls=none`).send(mail)
    expect(received).toHaveLength(1)
  })

  it.each([
    ['http://mail', 'id@acme.test'],
    ['nonsense', 'id@acme.test'],
    ['smtp://mail', 'Eve\r\nBcc: x <id@acme.test>'],
    ['smtp://mail', 'a@acme.test, b@acme.test'],
  ])('refuses to be made for %j and sender %j', (url, from) => {
    expect(() => createSmtpTransport(new Secret(url), from)).toThrow(TypeError)
  })
})
