import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { chooseLanguage, LANGUAGES } from '../../src/pages/language/languages.ts'
import { parseAcceptLanguage } from '../../src/platform/http/index.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { oauthSamples } from './oauth-samples.ts'
import { PageVisitor } from './page-visitor.ts'

const PASSWORD = 'plum-orbit-lantern-42'
const PAGES = [
  '/sign-in',
  '/sign-in?interrupted=yes',
  '/register',
  '/register/sent',
  '/forgot',
  '/forgot/sent',
  '/verify-email',
  '/verify-email/resend',
  '/reset-password',
  '/invitation',
  '/signed-out',
  '/sign-out',
  '/step-up',
  '/account',
  '/account?done=saved',
  '/account/security',
  '/account/sessions',
  '/account/applications',
  '/account/activity',
  '/account/password',
  '/account/delete',
  '/account/app/new',
  '/account/passkeys/new',
]

describe('the catalogue of texts', () => {
  const [english, ...others] = LANGUAGES

  it.each(others.map((language) => [language.name, language] as const))(
    'has every text in %s, with the same values in it',
    (_, { texts }) => {
      const wanted = flatten(english.texts)
      const found = flatten(texts)

      expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort())
      for (const [key, text] of found) {
        expect([key, text.trim() === '']).toEqual([key, wanted.get(key) === ''])
        expect([key, placesIn(text)]).toEqual([key, placesIn(wanted.get(key) ?? '')])
      }
    },
  )
})

describe('the language of a page', () => {
  it.each([
    ['de-CH,de;q=0.9,en;q=0.8', 'de'],
    ['en;q=0.5,de;q=0.7', 'de'],
    ['fr,pt', 'en'],
    ['de;q=0,en', 'en'],
    ['<script>', 'en'],
    [undefined, 'en'],
  ])('for a browser that wants %s is %s', (header, tag) => {
    expect(chooseLanguage(parseAcceptLanguage(header)).tag).toBe(tag)
  })
})

describe('the words of the pages', () => {
  let world: World
  let acme: Tenant
  let visitor: PageVisitor

  beforeAll(async () => {
    world = await openWorld()
    acme = await world.tenant()
    const { identity } = await world.actors.user({ tenant: acme, email: 'ana@acme.test' })
    visitor = new PageVisitor(world, acme)
    await visitor.submit('/sign-in', { email: identity.email, password: PASSWORD })
  })

  afterAll(() => world.close())

  it('are those of the language that was asked for, also on the next page', async () => {
    const fresh = new PageVisitor(world, acme)

    const first = await fresh.get('/sign-in?ui_locales=fr%20de')
    const next = await fresh.get('/forgot', { 'accept-language': 'en' })

    expect(first.body).toContain('<html lang="de" dir="ltr">')
    expect(next.body).toContain('<h1>Passwort zurücksetzen</h1>')
  })

  it.each(PAGES)('on %s are all from the catalogue', async (path) => {
    const address = (tag: string) => `${path}${path.includes('?') ? '&' : '?'}ui_locales=${tag}`
    const inEnglish = await visitor.get(address('en'))
    const inGerman = await visitor.get(address('de'))

    expect(inEnglish.statusCode).toBe(200)
    expect(inGerman.body).toContain('<html lang="de"')
    expect(sharedWords(inEnglish.body, inGerman.body)).toEqual([])
  })

  it.each(Object.keys(oauthSamples('en', 'acme')))('on the page %s too', (name) => {
    const [inEnglish = '', inGerman = ''] = ['en', 'de'].map(
      (tag) => oauthSamples(tag, 'acme')[name],
    )

    expect(sharedWords(inEnglish, inGerman)).toEqual([])
  })

  /** What stands on both pages alike: data, or a text that nobody translated. */
  function sharedWords(a: string, b: string): string[] {
    const english = new Set(wordsOf(a))
    return wordsOf(b).filter((text) => english.has(text) && !isExpected(text))
  }

  function isExpected(text: string): boolean {
    const data = [acme.name, 'ana@acme.test', ...DATA]
    return data.some((known) => text.includes(known)) || sameInAll.has(text)
  }
})

const DATA = [
  'English',
  'Deutsch',
  'Acme Bank',
  'Ledger Pro',
  'Nordlicht',
  'Invoice',
  'DE02',
  'WDJB',
  'AcmeTV',
  'Bern, Switzerland',
  'invalid_request',
  'redirect_uri did not match',
  'req_',
  'lightMyRequest',
]

const sameInAll = (() => {
  const [first, ...rest] = LANGUAGES.map(({ texts }) => flatten(texts))
  const same = [...(first ?? [])].filter(([key, text]) =>
    rest.every((map) => map.get(key) === text),
  )
  return new Set(same.map(([, text]) => text))
})()

/** Text that people see or hear. */
function wordsOf(page: string): string[] {
  const attributes = [...page.matchAll(/\s(?:aria-label|title|placeholder|alt)="([^"]*)"/g)]
  const text = page.replace(/<[^>]+>/g, '\n').split('\n')
  return [...attributes.map(([, value = '']) => value), ...text]
    .map((part) => part.trim())
    .filter((part) => /\p{L}{3}/u.test(part))
}

function placesIn(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort()
}

function flatten(texts: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([key, value]) =>
      typeof value === 'string'
        ? [[`${prefix}${key}`, value] as const]
        : [...flatten(value as object, `${prefix}${key}.`)],
    ),
  )
}
