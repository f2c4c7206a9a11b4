import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tenantSettingsPatchSchema } from '../../src/domains/tenants/settings.ts'
import { LANGUAGES } from '../../src/pages/language/languages.ts'
import { openWorld, type World } from '../support/open-world.ts'

const LINK_PAGES = ['verify-email', 'reset-password', 'invitation']
const TENANT_PAGES = [...LINK_PAGES, 'sign-in', 'register', 'forgot', 'forgot/sent', 'signed-out']
const HTML_PAGES = ['/docs', ...TENANT_PAGES.map((page) => `/t/acme/${page}`)]

let world: World

beforeAll(async () => {
  world = await openWorld()
  await world.tenant('acme', { brand_color: '#0b6e4f' })
})

afterAll(() => world.close())

describe.each(HTML_PAGES)('the page %s', (path) => {
  it('is HTML under a policy without exceptions', async () => {
    const { statusCode, headers } = await get(path)

    expect(statusCode).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect(policy).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
    // A form whose page sends no referrer at all has the origin `null`, and is refused.
    const referrer = path === '/docs' ? 'no-referrer' : 'same-origin'
    expect(headers['referrer-policy']).toBe(referrer)
  })

  it('has nothing inline, which that policy would stop', async () => {
    const { body } = await get(path)

    expect(body).not.toMatch(/<style|\sstyle=|\son[a-z]+=|="javascript:/i)
    expect(body).not.toMatch(/<script(?! type="module" src="\/assets\/[a-z]+\.js"><\/script>)/)
  })

  it('loads only files that this server has', async () => {
    const { body } = await get(path)
    const files = [...body.matchAll(/(?:src|<link [^>]*href)="([^"]+)"/g)].map(
      ([, file = '']) => file,
    )

    expect(files).toContain('/assets/tokens.css')
    for (const file of files.filter((name) => !name.startsWith('data:image/svg+xml,'))) {
      expect((await get(file)).statusCode).toBe(200)
    }
  })

  it('says its language, and that it fits any screen', async () => {
    const { body } = await get(path)

    expect(body).toContain('<html lang="en" dir="ltr">')
    expect(body).toContain('content="width=device-width, initial-scale=1"')
    expect(body.match(/<main/g)).toHaveLength(1)
  })

  it('has each id once, and every reference to one leads somewhere', async () => {
    const { body } = await get(path)
    const ids = [...body.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    const references = [
      ...body.matchAll(
        /(?:href="#|for="|aria-[a-z]+="(?=[a-z-]+(?: [a-z-]+)*-(?:hint|title)))([^"]+)"/g,
      ),
    ].flatMap(([, names = '']) => names.split(' '))

    expect(new Set(ids).size).toBe(ids.length)
    expect(references.filter((name) => !ids.includes(name))).toEqual([])
  })
})

describe('the files of the pages', () => {
  it.each([
    ['/assets/tokens.css', 'text/css; charset=utf-8'],
    ['/assets/pages.css', 'text/css; charset=utf-8'],
    ['/assets/reference.css', 'text/css; charset=utf-8'],
    ['/assets/account.css', 'text/css; charset=utf-8'],
    ['/assets/pages.js', 'text/javascript; charset=utf-8'],
    ['/assets/passkey.js', 'text/javascript; charset=utf-8'],
  ])('%s is %s and refers to nothing elsewhere', async (path, contentType) => {
    const { statusCode, headers, body } = await get(path)

    expect(statusCode).toBe(200)
    expect(headers['content-type']).toBe(contentType)
    expect(body).not.toMatch(/https?:|url\(|@import|sourceMappingURL/)
  })

  it.each(['pages.js', 'passkey.js'])('the script uses no sink: %s', async (name) => {
    const { body } = await get(`/assets/${name}`)

    expect(body).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(/,
    )
    expect(body).not.toMatch(/localStorage|sessionStorage|document\.cookie/)
  })
})

describe('the API reference', () => {
  it('has every operation', async () => {
    const { body } = await get('/docs')

    for (const { id } of world.app.routes)
      expect(body).toContain(`<article class="operation" id="${id}"`)
  })
})

describe('the pages behind the links in mail', () => {
  it.each(LINK_PAGES)('%s has a field for the token, for who has no script', async (page) => {
    const { body } = await get(`/t/acme/${page}`)

    expect(body).toMatch(/<form [^>]*method="post"/)
    expect(body).toMatch(/<div data-token-field>.*<input id="token" name="token"/s)
    expect(body).not.toContain('<noscript>')
  })

  it.each(['reset-password', 'invitation'])('%s lets password managers in', async (page) => {
    const { body } = await get(`/t/acme/${page}`)

    expect(body).toMatch(
      /<input id="password" name="password" type="password"\s+autocomplete="new-password"/,
    )
    expect(body).toContain('<label for="password">')
  })

  it('shows every rule that the password policy may name', async () => {
    const tenant = await world.tenant()
    const policy = await get(`/t/${tenant.slug}/api/auth/password/policy`)
    const { body } = await get(`/t/${tenant.slug}/invitation`)

    const { rules } = policy.json<{ rules: string[] }>()

    expect([...body.matchAll(/data-rule="(\w+)"/g)].map(([, rule]) => rule)).toEqual(rules)
  })
})

describe('what a form may be refused with', () => {
  it.each(['register', 'forgotPassword', 'verifyEmail', 'resetPassword', 'acceptInvitation'])(
    'by %s has words in every language',
    (id) => {
      const route = world.app.routes.find((known) => known.id === id)
      const codes = (route?.errors ?? []).map(({ code }) => code)

      for (const { texts } of LANGUAGES) {
        expect(codes.filter((code) => !Object.hasOwn(texts.problems, code))).toEqual([])
      }
    },
  )
})

describe('the style sheet of a tenant', () => {
  it('has its colour, and may be kept for a while', async () => {
    const { headers, body } = await get('/t/acme/brand.css')

    expect(headers['content-type']).toBe('text/css; charset=utf-8')
    expect(headers['cache-control']).toBe('public, max-age=300')
    expect(headers['set-cookie']).toBeUndefined()
    expect(body).toContain('--accent: #0b6e4f;')
  })

  it.each([
    ['brand_color', 'red'],
    ['brand_color', '#fff'],
    ['brand_color', '#ffff00'],
    ['brand_color', '#123456;}'],
    ['brand_logo', 'https://example.test/logo.png'],
    ['brand_logo', 'data:text/html;base64,AAAA'],
    ['brand_logo', 'data:image/png;base64,AA"A'],
    ['brand_logo', `data:image/png;base64,${'A'.repeat(16_384)}`],
  ])('never gets as %s what is %s', (name, value) => {
    expect(tenantSettingsPatchSchema.safeParse({ [name]: value }).success).toBe(false)
  })
})

function get(url: string) {
  return world.app.http.inject({ method: 'GET', url })
}
