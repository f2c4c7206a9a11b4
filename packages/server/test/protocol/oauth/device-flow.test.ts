import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { fakePlaces } from '../../support/fake-places.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import {
  Browser,
  hiddenField,
  type RelyingParty,
  registerRelyingParty,
} from '../../support/relying-party.ts'

let world: World
let isMapped = false

beforeAll(async () => {
  const places = {
    ...fakePlaces({}),
    find: (ip: string) => (isMapped ? `Bern (of ${ip})` : undefined),
  }
  world = await openWorld({ clock: new RunningClock(), places })
})
afterAll(() => world.close())

async function start() {
  const tenant = await world.tenant()
  const party = await registerRelyingParty(world, {
    tenant,
    profile: 'native',
    authentication: oidc.None(),
    metadata: {
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
    },
  })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  const code = await oidc.initiateDeviceAuthorization(party.config, { scope: 'openid email' })
  return { party, ana, code, browser: new Browser(world, ana) }
}

async function poll({ config }: RelyingParty, device_code: string) {
  const parameters = { device_code }
  return oidc.genericGrantRequest(
    config,
    'urn:ietf:params:oauth:grant-type:device_code',
    parameters,
  )
}

it('RFC 8628: a person approves a device in a browser, and the device gets tokens once', async () => {
  const { party, ana, code, browser } = await start()
  await expect(poll(party, code.device_code)).rejects.toMatchObject({
    error: 'authorization_pending',
  })

  const page = await browser.open(code.verification_uri_complete ?? '')
  expect(page.body).toContain(code.user_code)
  const xsrf = hiddenField(page.body, 'xsrf')
  const confirm = await browser.open(code.verification_uri, { xsrf, user_code: code.user_code })
  expect(confirm.body).toContain('Example')
  const done = await browser.follow(code.verification_uri, {
    xsrf: hiddenField(confirm.body, 'xsrf'),
    user_code: code.user_code,
    confirm: 'yes',
  })
  expect(done.body).toContain('is connected')

  const tokens = await poll(party, code.device_code)
  expect(tokens.claims()).toMatchObject({ sub: ana.userId })
  expect(tokens.refresh_token).toBeDefined()
  await expect(poll(party, code.device_code)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('RFC 8628 §3.3: asks who it is before it asks for the code', async () => {
  const { code } = await start()

  const answer = await new Browser(world).open(code.verification_uri_complete ?? '')

  expect(answer.statusCode).toBe(303)
  expect(answer.headers.location).toContain('/sign-in?return_to=')
})

it('RFC 8628 §3.5: a device that was refused is told so', async () => {
  const { party, code, browser } = await start()
  const page = await browser.open(code.verification_uri_complete ?? '')
  const xsrf = hiddenField(page.body, 'xsrf')

  await browser.open(code.verification_uri, { xsrf, user_code: code.user_code, abort: 'yes' })

  await expect(poll(party, code.device_code)).rejects.toMatchObject({ error: 'access_denied' })
})

it('refuses the form of another site', async () => {
  const { code, browser } = await start()

  const answer = await browser.open(code.verification_uri, { user_code: code.user_code })

  expect(answer.statusCode).toBe(400)
})

it('RFC 8628 §5.4: says where the device is, if that is known', async () => {
  const factsWhen = async (mapped: boolean) => {
    isMapped = mapped
    const { code, browser } = await start()
    const page = await browser.open(code.verification_uri_complete ?? '')
    const xsrf = hiddenField(page.body, 'xsrf')
    const confirm = await browser.open(code.verification_uri, { xsrf, user_code: code.user_code })
    return /<dl class="facts">(.*?)<\/dl>/s.exec(confirm.body)?.[1]
  }

  expect(await factsWhen(true)).toContain('<dt>Place</dt><dd>Bern (of 127.0.0.1)</dd>')
  expect(await factsWhen(false)).not.toContain('Place')
})
