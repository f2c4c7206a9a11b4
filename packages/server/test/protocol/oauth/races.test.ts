import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { authorize, obtainTokens, redeem } from '../../support/authorize.ts'
import { RunningClock } from '../../support/running-clock.ts'
import { openWorld, type World } from '../../support/open-world.ts'
import { Browser, registerRelyingParty } from '../../support/relying-party.ts'

let world: World

beforeAll(async () => {
  world = await openWorld({ clock: new RunningClock() })
})
afterAll(() => world.close())

async function start(refresh_grace_seconds: number) {
  const tenant = await world.tenant(undefined, { refresh_grace_seconds })
  const party = await registerRelyingParty(world, { tenant })
  const ana = await world.actors.user({ tenant })
  await ana.signInWithCookie()
  return { party, browser: new Browser(world, ana) }
}

it('I2: gives tokens for one code once, however often it comes at once', async () => {
  const { party, browser } = await start(10)
  const authorized = await authorize(browser, party)

  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => redeem(party, authorized)),
  )

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

it('RFC 6749 §4.1.2: a code that comes again later ends the tokens of the first use', async () => {
  const { party, browser } = await start(10)
  const authorized = await authorize(browser, party)
  const tokens = await redeem(party, authorized)

  await expect(redeem(party, authorized)).rejects.toMatchObject({ error: 'invalid_grant' })

  const refreshing = oidc.refreshTokenGrant(party.config, tokens.refresh_token ?? '')
  await expect(refreshing).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('I1: gives the same successor to all that refresh at once within the grace', async () => {
  const { party, browser } = await start(10)
  const { refresh_token = '' } = await obtainTokens(browser, party)

  const answers = await Promise.all(
    Array.from({ length: 50 }, () => oidc.refreshTokenGrant(party.config, refresh_token)),
  )

  const successors = new Set(answers.map((answer) => answer.refresh_token))
  expect(successors.size).toBe(1)
  expect(successors.has(refresh_token)).toBe(false)
  await oidc.refreshTokenGrant(party.config, [...successors][0] ?? '')
})

it('RFC 9700 §4.14.2: a refresh token that comes again after the grace ends the grant', async () => {
  const { party, browser } = await start(10)
  const first = await obtainTokens(browser, party)
  const second = await oidc.refreshTokenGrant(party.config, first.refresh_token ?? '')
  world.clock.advance({ milliseconds: 11_000 })

  const reused = oidc.refreshTokenGrant(party.config, first.refresh_token ?? '')
  await expect(reused).rejects.toMatchObject({ error: 'invalid_grant' })

  const next = oidc.refreshTokenGrant(party.config, second.refresh_token ?? '')
  await expect(next).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('RFC 9700 §4.14.2: within the grace too, a parent whose successor was used ends the grant', async () => {
  const { party, browser } = await start(10)
  const first = await obtainTokens(browser, party)
  const second = await oidc.refreshTokenGrant(party.config, first.refresh_token ?? '')
  const third = await oidc.refreshTokenGrant(party.config, second.refresh_token ?? '')

  const reused = oidc.refreshTokenGrant(party.config, first.refresh_token ?? '')
  await expect(reused).rejects.toMatchObject({ error: 'invalid_grant' })

  const next = oidc.refreshTokenGrant(party.config, third.refresh_token ?? '')
  await expect(next).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('I1: without a grace one of many that refresh at once succeeds', async () => {
  const { party, browser } = await start(0)
  const { refresh_token = '' } = await obtainTokens(browser, party)

  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, () => oidc.refreshTokenGrant(party.config, refresh_token)),
  )

  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1)
})
