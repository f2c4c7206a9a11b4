import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { mailTo } from '../attacks/read-mail.ts'
import { PageVisitor } from '../pages/page-visitor.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World
let acme: Tenant

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
})
afterAll(() => world.close())

const GERMAN = /^Setzen Sie Ihr Passwort für/
const ENGLISH = /^Reset your password for/

async function subjectAfter(email: string, headers: Record<string, string>) {
  await world.actors.nobody(acme).request({
    method: 'POST',
    url: '/api/auth/password/forgot',
    payload: { email },
    headers,
  })
  return (await mailTo(world, email)).at(-1)?.subject
}

it('writes to somebody in the language that they chose', async () => {
  const ana = await world.actors.signedIn({ tenant: acme })
  await ana.call('PATCH', '/api/auth/me', { locale: 'de-CH' })

  const subject = await subjectAfter(ana.identity.email, { 'accept-language': 'en' })

  expect(subject).toMatch(GERMAN)
})

it('writes in the language of the request to who chose none, else in English', async () => {
  const ben = await world.actors.user({ tenant: acme })
  const eve = await world.actors.user({ tenant: acme })

  expect(await subjectAfter(ben.identity.email, { 'accept-language': 'fr, de;q=0.8' })).toMatch(
    GERMAN,
  )
  expect(await subjectAfter(eve.identity.email, {})).toMatch(ENGLISH)
})

it('writes in the language of the page that the message follows from', async () => {
  const { identity } = await world.actors.user({ tenant: acme })
  const visitor = new PageVisitor(world, acme)
  await visitor.get('/forgot?ui_locales=de')
  await visitor.submit('/forgot', { email: identity.email })

  expect((await mailTo(world, identity.email)).at(-1)?.subject).toMatch(GERMAN)
})
