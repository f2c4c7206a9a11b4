import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../kernel/index.ts'
import { createEgress } from '../egress/index.ts'
import { createMailbox } from '../mail/index.ts'
import {
  createHttpSmsProvider,
  createMailboxSmsTransport,
  fillSmsBody,
  type PhoneNumber,
  parsePhoneNumber,
  SmsSendError,
} from './index.ts'

const TO = '+4915112345678' as PhoneNumber

describe('a phone number', () => {
  it.each(['+4915112345678', '+12025550123', '+12345678', '+123456789012345'])(
    'may be %s',
    (text) => {
      expect(parsePhoneNumber(text)).toBe(text)
    },
  )

  it.each([
    '',
    '+',
    '4915112345678',
    '+0915112345678',
    '+1234567',
    '+1234567890123456',
    ' +4915112345678',
    '+49151 2345678',
    '+49151\n2345678',
    '+٤٩١٥١١٢٣٤٥',
  ])('is not %j', (text) => {
    expect(parsePhoneNumber(text)).toBeUndefined()
  })
})

describe('the provider', () => {
  let server: Server
  let url: string
  let status: number
  let received: { headers: IncomingHttpHeaders; method: string | undefined; body: string }[]

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { headers, method } = request
        received.push({ headers, method, body: Buffer.concat(chunks).toString() })
        response.writeHead(status, { location: 'http://127.0.0.1/' }).end('answer')
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages`
  })
  beforeEach(() => {
    status = 201
    received = []
  })
  afterAll(() => void server.close())

  const provider = (format: 'json' | 'form', body: string) =>
    createHttpSmsProvider({
      egress: createEgress({ allowPrivate: true }),
      url,
      authorization: new Secret('Bearer key-of-the-provider'),
      format,
      body,
    })

  it('gets one POST with number, text and credential, as JSON', async () => {
    const text = 'Your "code" \\ is\n123456'
    await provider('json', '{"to":"{to}","from":"Acme","text":"{text}"}').send({ to: TO, text })

    expect(received).toHaveLength(1)
    expect(received[0]).toMatchObject({
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer key-of-the-provider',
      },
    })
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ to: TO, from: 'Acme', text })
  })

  it('gets a form where it wants one', async () => {
    const text = '1 & 2 = 3 + {to}'
    await provider('form', 'To={to}&From=%2B1&Body={text}').send({ to: TO, text })

    expect(received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(Object.fromEntries(new URLSearchParams(received[0]?.body))).toEqual({
      To: TO,
      From: '+1',
      Body: text,
    })
  })

  it.each([
    [400, true],
    [404, true],
    [401, false],
    [429, false],
    [500, false],
    [302, false],
  ])('that answers %i has refused for good: %s', async (answer, permanent) => {
    status = answer
    const sending = provider('json', '{"to":"{to}","text":"{text}"}').send({ to: TO, text: 'x' })

    const error: unknown = await sending.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(SmsSendError)
    expect(error).toMatchObject({ permanent })
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain(TO)
  })

  it('that can not be reached is tried again', async () => {
    const unreachable = createHttpSmsProvider({
      egress: createEgress({ allowPrivate: true, resolve: async () => [] }),
      url: 'https://sms.example.test/',
      authorization: undefined,
      format: 'json',
      body: '{"to":"{to}","text":"{text}"}',
    })

    await expect(unreachable.send({ to: TO, text: 'x' })).rejects.toMatchObject({
      permanent: false,
    })
  })

  it.each([
    ['+49', 'x'],
    [TO, ' '],
    [TO, 'x'.repeat(481)],
  ])('gets no malformed message', async (to, text) => {
    const sending = provider('json', '{}').send({ to: to as PhoneNumber, text })

    await expect(sending).rejects.toThrow(TypeError)
    expect(received).toEqual([])
  })
})

it('a template is filled once: what a text contains is no placeholder', () => {
  const filled = fillSmsBody('{"text":"{text}","to":"{to}"}', 'json', { to: TO, text: '{to} $&' })

  expect(JSON.parse(filled)).toEqual({ text: '{to} $&', to: TO })
})

it('in development a message lies in the mailbox, found by its number', async () => {
  const mailbox = createMailbox()
  await createMailboxSmsTransport(mailbox).send({ to: TO, text: '123456 is your code' })

  expect(mailbox.list({ to: TO })).toMatchObject([{ to: TO, text: '123456 is your code' }])
  expect(mailbox.list({ to: '+4915112345679' })).toEqual([])
})
