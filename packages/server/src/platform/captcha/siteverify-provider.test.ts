import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { newId, type RequestContext, Secret, type TenantRef } from '../../kernel/index.ts'
import { createEgress } from '../egress/index.ts'
import { createSiteverifyProvider } from './index.ts'

describe('a CAPTCHA service', () => {
  let server: Server
  let answer: { status: number; body: string }
  const asked: string[] = []
  const tenant = { id: newId('ten'), slug: 'acme' } as TenantRef
  const context: RequestContext = {
    requestId: newId('req'),
    tenant,
    principal: undefined,
    source: { ip: '192.0.2.1', userAgent: undefined },
    clock: new FakeClock(),
  }

  beforeEach(async () => {
    asked.length = 0
    answer = { status: 200, body: '{"success":true}' }
    server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push(`${request.method} ${body}`)
        response.writeHead(answer.status).end(answer.body)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => void server.close())

  const provider = () =>
    createSiteverifyProvider({
      provider: 'turnstile',
      egress: createEgress({ allowPrivate: true }),
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/siteverify`,
      siteKey: 'site',
      secret: new Secret('hidden&secret'),
    })
  const verify = (token = 'a token') => provider().verify(context, 'sign_in', token)

  it('is named with its public key', async () => {
    expect(await provider().challenge(context, 'sign_in')).toEqual({
      provider: 'turnstile',
      siteKey: 'site',
    })
  })

  it('is asked by POST, without the address of the person', async () => {
    const proof = await verify('a token')

    expect(asked).toEqual(['POST secret=hidden%26secret&response=a+token'])
    expect(proof?.hash).toEqual((await verify('a token'))?.hash)
    expect(proof?.hash).not.toEqual((await verify('another'))?.hash)
  })

  it.each([
    ['a refusal', '{"success":false,"error-codes":["timeout-or-duplicate"]}'],
    ['a token of another action', '{"success":true,"action":"register"}'],
    ['a token of another tenant', '{"success":true,"cdata":"globex"}'],
  ])('is believed: %s', async (_, body) => {
    answer = { status: 200, body }

    expect(await verify()).toBeUndefined()
  })

  it('may say for what the token is', async () => {
    answer = { status: 200, body: '{"success":true,"action":"sign_in","cdata":"acme"}' }

    expect(await verify()).toBeDefined()
  })

  it.each([
    ['a page of a proxy', 200, '<html>'],
    ['another form', 200, '{"success":"true"}'],
    ['nothing', 500, ''],
  ])('that answers with %s lets nobody in and is no refusal (I8)', async (_, status, body) => {
    answer = { status, body }

    await expect(verify()).rejects.toMatchObject({ code: 'captcha_unavailable', status: 503 })
  })

  it('that is away lets nobody in', async () => {
    const away = provider()
    server.close()
    await once(server, 'close')

    await expect(away.verify(context, 'sign_in', 'token')).rejects.toMatchObject({
      code: 'captcha_unavailable',
    })
  })
})
