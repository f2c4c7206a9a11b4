import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPageServices } from '../../src/composition/page-services.ts'
import type { Infrastructure } from '../../src/composition/infrastructure.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { hostedPages } from '../../src/pages/hosted-pages.ts'
import type { PageRoute } from '../../src/platform/http/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { csrfTokenIn, PageVisitor } from './page-visitor.ts'

const PASSWORD = 'plum-orbit-lantern-42'

let world: World
let acme: Tenant
let routes: readonly PageRoute[]

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  const infrastructure = { database: world.database } as Infrastructure
  routes = hostedPages(createPageServices(world.app, infrastructure)).routes
})

afterAll(() => world.close())

const stranger = () => new PageVisitor(world, acme)
const pathOf = ({ path }: PageRoute) => path.replace('{id}', 'none')
const forms = () => routes.filter(({ method }) => method === 'POST')

async function signedIn() {
  const user = await world.actors.user({ tenant: acme })
  const visitor = stranger()
  const answer = await visitor.submit('/sign-in', {
    email: user.identity.email,
    password: PASSWORD,
  })
  expect(answer.statusCode).toBe(200)
  return { user, visitor }
}

describe('every form of the pages', () => {
  it('is refused without its token, and with that of another browser', async () => {
    const { visitor } = await signedIn()
    const foreign = csrfTokenIn(await stranger().get('/sign-in'))
    for (const route of forms()) {
      for (const fields of [{}, { csrf: foreign }, { csrf: '' }] as Record<string, string>[]) {
        const answer = await visitor.post(pathOf(route), fields)

        expect([route.path, answer.statusCode]).toEqual([route.path, 403])
        expect(answer.body).toContain('This page was open for too long')
      }
    }
    expect((await visitor.get('/account')).statusCode).toBe(200)
  })

  it.each(['https://evil.example', 'null', 'http://localhost:4821', undefined])(
    'is refused from the origin %s',
    async (origin) => {
      const { visitor } = await signedIn()
      const csrf = csrfTokenIn(await visitor.get('/account'))
      for (const route of forms()) {
        const answer = await visitor.post(pathOf(route), { csrf }, { origin })

        expect([route.path, answer.statusCode]).toEqual([route.path, 403])
        expect(answer.body).toContain('opened at another address')
      }
    },
  )

  it('leaves a trace in the audit trail where a session was to be misused', async () => {
    const { visitor } = await signedIn()

    const { actions } = await auditedDuring(world, acme, () =>
      visitor.post('/account/profile', { display_name: 'Mallory' }),
    )

    expect(actions).toEqual(['cross_site_request.refused'])
  })

  it('is refused with a field that comes twice', async () => {
    const visitor = stranger()
    const csrf = csrfTokenIn(await visitor.get('/sign-in'))

    const answer = await visitor.post('/sign-in?', { csrf, 'email=a&email': 'b' })
    const twice = await world.app.http.inject({
      method: 'POST',
      url: `/t/${acme.slug}/sign-in`,
      headers: {
        origin: new URL(acme.issuer).origin,
        'content-type': 'application/x-www-form-urlencoded',
      },
      payload: `csrf=${csrf}&email=a&email=b`,
    })

    expect(answer.statusCode).toBe(422)
    expect(twice.statusCode).toBe(400)
  })

  it('has a rate limit that can be named', () => {
    for (const { rateLimit } of routes) expect(rateLimit.name).toMatch(/^[a-z][a-z-]+$/)
  })
})

describe('every page of the account', () => {
  it('sends who is not signed in to the sign-in, and back', async () => {
    for (const route of routes.filter(({ auth }) => auth.kind === 'user')) {
      const path = pathOf(route)
      const answer =
        route.method === 'GET'
          ? await stranger().get(path)
          : await stranger().post(path, { a: 'b' })

      expect([route.path, answer.statusCode]).toEqual([route.path, 303])
      expect(answer.headers.location).toMatch(new RegExp(`^/t/${acme.slug}/sign-in\\?return_to=`))
    }
  })

  it('does not know the session of another tenant', async () => {
    const { visitor } = await signedIn()
    const globex = await world.tenant()
    const other = new PageVisitor(world, globex)
    const session = visitor.cookies.get(`__Host-cs_${acme.slug}_session`) ?? ''
    expect(session).not.toBe('')
    other.cookies.set(`__Host-cs_${globex.slug}_session`, session)

    expect((await other.get('/account')).statusCode).toBe(303)
  })
})

describe('the sign-in', () => {
  it('shows the same page for a wrong password and for an unknown address', async () => {
    const user = await world.actors.user({ tenant: acme })
    const shown = async (email: string) => {
      const { statusCode, body } = await stranger().submit('/sign-in', { email, password: 'wrong' })
      return { statusCode, body: body.replaceAll(email, '').replace(/value="[\w-]{43}"/g, '') }
    }

    const known = await shown(user.identity.email)

    expect(known.statusCode).toBe(422)
    expect(await shown('nobody@example.test')).toEqual(known)
  })

  it.each(['https://evil.example/', '//evil.example', '/t/other/account', '/t/x/../api'])(
    'does not lead on to %s',
    async (returnTo) => {
      const { identity } = await world.actors.user({ tenant: acme })

      const { body } = await stranger().submit(
        `/sign-in?return_to=${encodeURIComponent(returnTo)}`,
        { email: identity.email, password: PASSWORD, return_to: returnTo },
      )

      expect(body).toContain(`content="0; url=/t/${acme.slug}/account"`)
      expect(body).not.toContain('evil')
    },
  )

  it('keeps the session in a cookie that no script reads', async () => {
    const { identity } = await world.actors.user({ tenant: acme })
    const fields = { email: identity.email, password: PASSWORD }

    const { headers } = await stranger().submit('/sign-in', fields)

    const cookies = [headers['set-cookie']].flat().map(String)
    const session = cookies.find((cookie) => cookie.includes('_session='))
    expect(session).toMatch(/^__Host-cs_.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  })

  it('has no second step without the first', async () => {
    const visitor = stranger()
    for (const path of ['/sign-in/verify', '/sign-in/enroll']) {
      const answer = await visitor.get(path)

      expect([path, answer.statusCode]).toEqual([path, 303])
      expect(answer.headers.location).toContain('/sign-in?interrupted=yes')
    }
  })

  it('asks for a step-up where one is wanted, and does not offer to go on as before', async () => {
    const { user, visitor } = await signedIn()
    const goOn = `Continue as ${user.identity.email}`

    expect((await visitor.get('/sign-in')).body).toContain(goOn)
    expect((await visitor.get('/sign-in?reason=reauthenticate')).body).not.toContain(goOn)
    const stepUp = await visitor.get('/sign-in?reason=step_up&acr_values=urn:countersign:acr:mfa')
    expect(stepUp.headers.location).toMatch(/\/step-up\?acr=urn%3Acountersign%3Aacr%3Amfa$/)
  })

  it('is not possible in a tenant that is suspended or unknown; the page says so', async () => {
    const nobody = await world.app.http.inject({ method: 'GET', url: '/t/nobody/sign-in' })

    expect(nobody.statusCode).toBe(404)
    expect(nobody.body).toContain('Nobody is at this address')
    expect(nobody.body).toMatch(/req_[a-z0-9]{26}/)
  })
})

describe('signing out', () => {
  it('needs a click, and ends the session for good', async () => {
    const { visitor } = await signedIn()
    const before = new Map(visitor.cookies)
    await visitor.get('/sign-out')
    expect((await visitor.get('/account')).statusCode).toBe(200)

    await visitor.submit('/sign-out', {})

    for (const [name, value] of before) visitor.cookies.set(name, value)
    expect((await visitor.get('/account')).statusCode).toBe(303)
  })
})
