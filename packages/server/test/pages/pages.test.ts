import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openWorld, type World } from '../support/open-world.ts'

const LINK_PAGES = ['verify-email', 'reset-password', 'invitation']
const HTML_PAGES = ['/docs', ...LINK_PAGES.map((page) => `/t/acme/${page}`)]

let world: World

beforeAll(async () => {
  world = await openWorld()
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
    expect(headers['referrer-policy']).toBe('no-referrer')
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
    ['/assets/action.js', 'text/javascript; charset=utf-8'],
  ])('%s is %s and refers to nothing elsewhere', async (path, contentType) => {
    const { statusCode, headers, body } = await get(path)

    expect(statusCode).toBe(200)
    expect(headers['content-type']).toBe(contentType)
    expect(body).not.toMatch(/https?:|url\(|@import|sourceMappingURL/)
  })

  it('the script uses no sink that Trusted Types would stop', async () => {
    const { body } = await get('/assets/action.js')

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
  it('are the same for every tenant, known or not', async () => {
    for (const page of LINK_PAGES) {
      expect((await get(`/t/nobody/${page}`)).body).toBe((await get(`/t/acme/${page}`)).body)
    }
  })

  it.each(LINK_PAGES)('%s hides its form until the script has taken over', async (page) => {
    const { body } = await get(`/t/acme/${page}`)

    expect(body).toMatch(/<form [^>]*method="post"[^>]* hidden>/)
    expect(body).not.toMatch(/<input[^>]* name=/)
    expect(body).toContain('<noscript>')
    expect(body).toMatch(/aria-live="polite"/)
  })

  it.each(['reset-password', 'invitation'])('%s lets password managers in', async (page) => {
    const { body } = await get(`/t/acme/${page}`)

    expect(body).toMatch(/<input id="password" type="password"\s+autocomplete="new-password"/)
    expect(body).toContain('<label for="password">')
  })

  it.each(LINK_PAGES)('%s asks an endpoint that exists', async (page) => {
    expect(world.app.routes.map((route) => route.path)).toContain(await endpointOf(page))
  })

  it.each(LINK_PAGES)('%s has words for everything the endpoint refuses with', async (page) => {
    const endpoint = await endpointOf(page)
    const { body } = await get(`/t/acme/${page}`)
    const worded = [...body.matchAll(/data-code="(\w+)"/g)].map(([, code]) => code)

    const codes = (await codesOf(endpoint)).filter((code) => !NOT_BY_THE_SCRIPT.includes(code))

    expect(codes).toContain('token_invalid')
    expect(codes.filter((code) => !worded.includes(code))).toEqual([])
  })

  it('shows every rule that the password policy may name', async () => {
    const tenant = await world.tenant()
    const policy = await get(`/t/${tenant.slug}/api/auth/password/policy`)
    const { body } = await get('/t/acme/invitation')

    const { rules } = policy.json<{ rules: string[] }>()

    expect([...body.matchAll(/data-rule="(\w+)"/g)].map(([, rule]) => rule)).toEqual(rules)
  })
})

/** Refusals of requests that the script never sends. */
const NOT_BY_THE_SCRIPT = [
  'invalid_request',
  'malformed_body',
  'payload_too_large',
  'unsupported_media_type',
]

function get(url: string) {
  return world.app.http.inject({ method: 'GET', url })
}

async function endpointOf(page: string): Promise<string> {
  const { body } = await get(`/t/acme/${page}`)
  return `/api/auth/${/data-action="([^"]+)"/.exec(body)?.[1]}`
}

async function codesOf(endpoint: string): Promise<string[]> {
  const { paths } = (await get('/openapi.json')).json<OpenApi>()
  const responses = paths[`/t/{tenant}${endpoint}`]?.post?.responses ?? {}
  return Object.entries(responses)
    .filter(([status]) => Number(status) >= 400)
    .flatMap(([, { description }]) => [...description.matchAll(/`(\w+)`:/g)])
    .map(([, code = '']) => code)
}

interface OpenApi {
  readonly paths: Record<string, { post?: { responses: Record<string, { description: string }> } }>
}
