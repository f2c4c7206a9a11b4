import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { MfaActor } from '../support/mfa-actor.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { csrfTokenIn, PageVisitor } from './page-visitor.ts'

const PASSWORD = 'plum-orbit-lantern-42'
const OTHER_PASSWORD = 'quartz-meadow-violin-77'

let world: World
let acme: Tenant

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
})

afterAll(() => world.close())

async function signedIn() {
  const user = await world.actors.signedIn({ tenant: acme })
  const visitor = new PageVisitor(world, acme)
  await visitor.submit('/sign-in', { email: user.identity.email, password: PASSWORD })
  return { user, visitor }
}

describe('the password', () => {
  it('is changed with the current one, which ends the sessions elsewhere', async () => {
    const { user, visitor } = await signedIn()
    const change = { new_password: OTHER_PASSWORD }

    const wrong = await visitor.submit('/account/password', { ...change, current_password: 'x' })
    const right = await visitor.submit('/account/password', {
      ...change,
      current_password: PASSWORD,
    })

    expect(wrong.statusCode).toBe(403)
    expect(wrong.body).toContain('The current password is not right')
    expect(right.headers.location).toBe(`/t/${acme.slug}/account/security?done=passwordChanged`)
    expect((await user.call('GET', '/api/auth/me')).statusCode).toBe(401)
    expect((await visitor.get('/account')).statusCode).toBe(200)
  })

  it('that is no good is refused with the reason, and nothing of it is on the page', async () => {
    const { visitor } = await signedIn()

    const { statusCode, body } = await visitor.submit('/account/password', {
      current_password: PASSWORD,
      new_password: 'xq7-k2',
    })

    expect(statusCode).toBe(422)
    expect(body).toMatch(/The password is (?:too short|easy to guess)/)
    expect(body).not.toContain('xq7-k2')
    expect(body).not.toContain(PASSWORD)
  })
})

describe('second factors', () => {
  it('need a fresh proof of the one that is there', async () => {
    const { actor, app } = await MfaActor.enroll(
      await world.actors.signedIn({ tenant: acme }),
      world.clock,
    )
    const visitor = new PageVisitor(world, acme)
    const { email } = actor.identity
    await visitor.submit('/sign-in', { email, password: PASSWORD })
    const entered = await visitor.submit('/sign-in/verify', { method: 'totp', code: app.code() })
    expect(entered.statusCode).toBe(200)
    const csrf = csrfTokenIn(await visitor.get('/account/backup-codes'))
    world.clock.advance({ milliseconds: 300_001 })

    for (const path of ['/account/backup-codes', '/account/app/new', '/account/passkeys/new']) {
      const read = await visitor.get(path)
      const { result: sent, actions } = await auditedDuring(world, acme, () =>
        visitor.post(path, { csrf, current_password: PASSWORD }),
      )

      for (const answer of [read, sent]) {
        expect([path, answer.statusCode]).toEqual([path, 303])
        expect(answer.headers.location).toMatch(/\/step-up\?return_to=.*acr%3Amfa$/)
      }
      expect(actions).not.toContain('backup_codes.made')
    }
    const code = app.code()
    const proven = await visitor.submit('/step-up', { method: 'totp', code })
    expect(proven.body).toContain(`url=/t/${acme.slug}/account`)
    expect((await visitor.get('/account/backup-codes')).statusCode).toBe(200)
  })

  it('of others are none, for any form', async () => {
    const { actor, factorId } = await MfaActor.enroll(
      await world.actors.signedIn({ tenant: acme }),
      world.clock,
    )
    const { visitor } = await signedIn()
    const csrf = csrfTokenIn(await visitor.get('/account'))

    const answer = await visitor.post(`/account/app/${factorId}/remove`, {
      csrf,
      current_password: PASSWORD,
    })

    expect(answer.statusCode).toBe(404)
    const overview = await actor.call('GET', '/api/auth/mfa')
    expect(overview.json<{ factors: unknown[] }>().factors).toHaveLength(1)
  })
})

describe('the list of devices', () => {
  it('ends one of the own sessions, and none of others', async () => {
    const { user, visitor } = await signedIn()
    const { user: ben } = await signedIn()
    const idOf = async (actor: typeof user) => {
      const { data } = (await actor.call('GET', '/api/auth/sessions')).json<{
        data: { id: string; current: boolean }[]
      }>()
      return data.find(({ current }) => current)?.id ?? ''
    }

    const own = { session_id: await idOf(user) }
    const foreign = { session_id: await idOf(ben) }
    const csrf = csrfTokenIn(await visitor.get('/account/sessions'))

    expect((await visitor.post('/account/sessions/end', { csrf, ...foreign })).statusCode).toBe(404)
    expect((await visitor.post('/account/sessions/end', { csrf, ...own })).statusCode).toBe(303)
    expect((await ben.call('GET', '/api/auth/me')).statusCode).toBe(200)
    expect((await user.call('GET', '/api/auth/me')).statusCode).toBe(401)
  })
})

describe('the name of a session', () => {
  const FORM = /action="\/t\/[^"]+(\/account\/sessions\/ses_\w+\/rename)"/

  /** Signed in by the page only, so there is one session. */
  async function withForm() {
    const { identity } = await world.actors.user({ tenant: acme })
    const visitor = new PageVisitor(world, acme)
    await visitor.submit('/sign-in', { email: identity.email, password: PASSWORD })
    const page = await visitor.get('/account/sessions')
    const path =
      /href="\/t\/[^"/]+(\/account\/sessions\/ses_\w+\/rename)"/.exec(page.body)?.[1] ?? ''
    return { visitor, path }
  }

  it('is shown in place of the device, which stays beside it', async () => {
    const { visitor, path } = await withForm()

    const saved = await visitor.submit(path, { name: ' <b>Work</b> laptop ' })

    expect(saved.headers.location).toBe(`/t/${acme.slug}/account/sessions?done=saved`)
    const { body } = await visitor.get('/account/sessions')
    expect(body).toContain('<p class="row-title">&lt;b&gt;Work&lt;/b&gt; laptop <')
    expect(body).toContain('<p class="row-details">Unknown device · Signed in')
    const form = await visitor.get(path)
    expect(form.body).toMatch(FORM)
    expect(form.body).toContain('value="&lt;b&gt;Work&lt;/b&gt; laptop"')
    expect((await visitor.get('/account/activity')).body).toContain('Device renamed')
  })

  it('is taken away by an empty field', async () => {
    const { visitor, path } = await withForm()
    await visitor.submit(path, { name: 'Work laptop' })

    const saved = await visitor.submit(path, { name: '  ' })

    expect(saved.statusCode).toBe(303)
    const { body } = await visitor.get('/account/sessions')
    expect(body).not.toContain('Work laptop')
    expect(body).toContain('<p class="row-title">Unknown device <')
  })

  it.each(['x'.repeat(65), 'a\u202eb'])('is not %j; the form comes back with it', async (name) => {
    const { visitor, path } = await withForm()

    const answer = await visitor.submit(path, { name })

    expect(answer.statusCode).toBe(400)
    expect(answer.body).toContain('Something is missing or has the wrong form')
    expect(answer.body).toContain(`value="${name}"`)
    expect((await visitor.get('/account/sessions')).body).not.toContain(name)
  })

  it('of others, and with a malformed id, is not to be found', async () => {
    const { visitor } = await withForm()
    const { path: foreign } = await withForm()
    const csrf = csrfTokenIn(await visitor.get('/account'))

    for (const path of [foreign, '/account/sessions/none/rename']) {
      expect((await visitor.get(path)).statusCode).toBe(404)
      for (const name of ['Mine', 'x'.repeat(65)]) {
        expect((await visitor.post(path, { csrf, name })).statusCode).toBe(404)
      }
    }
    const { events } = await auditedDuring(world, acme, () =>
      visitor.post(foreign, { csrf, name: 'Mine' }),
    )
    expect(events).toMatchObject([{ action: 'session.rename_refused', outcome: 'refused' }])
  })
})

describe('the activity', () => {
  it('shows what somebody did, and nothing of others', async () => {
    const { visitor } = await signedIn()
    await visitor.submit('/account', {})
    const csrf = csrfTokenIn(await visitor.get('/account'))
    await visitor.post('/account/profile', { csrf, display_name: 'Ana' })
    const other = await signedIn()

    expect((await visitor.get('/account/activity')).body).toContain('Profile changed')
    expect((await other.visitor.get('/account/activity')).body).not.toContain('Profile changed')
  })
})

describe('the account', () => {
  it('is deleted with the password and a tick, not with one of them', async () => {
    const { user, visitor } = await signedIn()
    const password = { current_password: PASSWORD }

    const unticked = await visitor.submit('/account/delete', password)
    const wrong = await visitor.submit('/account/delete', {
      current_password: 'x',
      confirmed: 'yes',
    })
    expect([unticked.statusCode, wrong.statusCode]).toEqual([400, 403])

    const done = await visitor.submit('/account/delete', { ...password, confirmed: 'yes' })

    expect(done.body).toContain('Your account is deleted')
    expect((await user.login()).statusCode).toBe(401)
  })
})

describe('the limits of the pages', () => {
  it('hold, and say when to try again', async () => {
    const strict = await openWorld({ env: { COUNTERSIGN_RATE_LIMIT_SCALE: '1' } })
    try {
      const visitor = new PageVisitor(strict, await strict.tenant())
      const csrf = csrfTokenIn(await visitor.get('/forgot'))
      const answers = []
      for (let i = 0; i < 6; i++) answers.push(await visitor.post('/forgot', { csrf, email: 'x' }))

      expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400, 400, 429])
      expect(answers.at(-1)?.body).toContain('Too many tries')
      expect(answers.at(-1)?.headers['retry-after']).toMatch(/^\d+$/)
    } finally {
      await strict.close()
    }
  })
})
