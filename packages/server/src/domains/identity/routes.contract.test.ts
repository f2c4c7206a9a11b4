import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeStore } from '../../../test/support/describe-store.ts'
import { storePrincipal } from '../../../test/support/store-principal.ts'
import type { RequestContext } from '../../kernel/index.ts'
import type { Reply } from '../../platform/http/index.ts'
import { accessAuditEvents } from '../access/index.ts'
import { identityAuditEvents, identityErrors, identityRoutes } from './index.ts'
import {
  GOOD_PASSWORD,
  type IdentityWorld,
  identityWorlds,
  OTHER_PASSWORD,
} from './identity-world.contract.ts'

describeStore('routes of identity', (open) => {
  const worlds = identityWorlds(open)

  async function setUp() {
    const world = await worlds()
    return { ...world, call: caller(world) }
  }

  it('take a newcomer from registration over verification to a new password', async () => {
    const { call, anonymous, ports, signsIn } = await setUp()
    const email = 'ada@example.test'
    const verify = () => ({ token: ports.lastToken('verify_email').reveal() })
    const reset = () => ({
      token: ports.lastToken('reset_password').reveal(),
      password: OTHER_PASSWORD,
    })

    expect(
      await call('register', anonymous, {
        body: { email, password: GOOD_PASSWORD, display_name: 'Ada' },
      }),
    ).toEqual({ status: 202, body: { status: 'email_verification_required' } })
    expect(await call('resendVerification', anonymous, { body: { email } })).toEqual({
      status: 202,
      body: { status: 'accepted' },
    })
    expect(await call('verifyEmail', anonymous, { body: verify() })).toEqual({
      status: 200,
      body: { status: 'email_verified' },
    })
    expect(await call('forgotPassword', anonymous, { body: { email } })).toEqual({
      status: 202,
      body: { status: 'accepted' },
    })
    expect(await call('resetPassword', anonymous, { body: reset() })).toEqual({ status: 204 })
    expect(await signsIn(email, OTHER_PASSWORD)).toBe(true)
  })

  it('show, change and delete the own account', async () => {
    const { call, as, register } = await setUp()
    const ada = as((await register('ada@example.test')).userId, ['admin'])
    const change = { current_password: GOOD_PASSWORD, new_password: OTHER_PASSWORD }

    expect((await call('getMe', ada)).body).toMatchObject({
      email: ada.principal.profile.email,
      email_verified: false,
      display_name: null,
      roles: ['admin'],
      permissions: expect.arrayContaining(['users.read']) as unknown,
    })
    const updated = await call('updateMe', ada, { body: { display_name: 'Ada' } })
    expect(updated.body).toMatchObject({ display_name: 'Ada', locale: null })
    expect(await call('changePassword', ada, { body: change })).toEqual({ status: 204 })
    expect(
      await call('deleteMe', ada, { body: { current_password: OTHER_PASSWORD } }),
    ).toMatchObject({
      status: 204,
    })
    const afterwards = call('updateMe', ada, { body: { display_name: 'Ada' } })
    await expect(afterwards).rejects.toMatchObject({ code: 'user_not_found' })
  })

  it('administer users', async () => {
    const { call, admin, anonymous, ports, database, acme } = await setUp()
    await storePrincipal(database, acme, admin.principal)

    const created = await call('createUser', admin, {
      body: { email: 'ben@example.test', password: GOOD_PASSWORD, roles: ['admin'] },
    })
    const { id } = created.body as { id: string }
    const params = { user_id: id }
    const invited = await call('createUser', admin, {
      body: { email: 'dan@example.test', send_invitation: true },
    })
    expect([created.status, invited.status]).toEqual([201, 201])
    expect(JSON.stringify(invited.body)).not.toContain(ports.lastToken('invitation').reveal())
    const acceptance = { token: ports.lastToken('invitation').reveal(), password: GOOD_PASSWORD }
    expect(await call('acceptInvitation', anonymous, { body: acceptance })).toEqual({ status: 204 })

    const query = { limit: '1', after: admin.principal.userId }
    const page = (await call('listUsers', admin, { query })).body
    expect(page).toMatchObject({ data: [{ id }], next: id })
    expect((await call('getUser', admin, { params })).body).toMatchObject({ id, roles: ['admin'] })
    expect((await call('suspendUser', admin, { params })).body).toMatchObject({
      status: 'suspended',
    })
    expect((await call('resumeUser', admin, { params })).body).toMatchObject({ status: 'active' })
    expect(await call('deleteUser', admin, { params })).toEqual({ status: 204 })
  })

  it('show the policy of the tenant', async () => {
    const { call, anonymous } = await setUp()

    expect((await call('getPasswordPolicy', anonymous)).body).toMatchObject({
      minimum_characters: 12,
      maximum_characters: 256,
    })
  })
})

describe('declarations of the identity routes', () => {
  const routes = identityRoutes({ identity: undefined as never })

  it('name every audit event of the domain, and no other of it', () => {
    const named = routes.flatMap((route) => ('events' in route.audit ? route.audit.events : []))
    const own = named.filter(
      (event) => event.startsWith('user.') && !Object.hasOwn(accessAuditEvents, event),
    )

    expect([...new Set(own)].sort()).toEqual(Object.keys(identityAuditEvents).sort())
  })

  it('can all be described as JSON Schema', () => {
    for (const { body, query } of routes) {
      if (body !== undefined) expect(z.toJSONSchema(body, { io: 'input' })).toBeDefined()
      if (query !== undefined) expect(z.toJSONSchema(query, { io: 'input' })).toBeDefined()
    }
  })

  it('refuse a wrong current password with 403: the principal is known', () => {
    expect(identityErrors.current_password_wrong.definition.status).toBe(403)
  })
})

interface Input {
  readonly params?: unknown
  readonly query?: unknown
  readonly body?: unknown
}

/** Calls a route as the HTTP layer does: input through its schemas, answer through its own. */
function caller({ identity }: IdentityWorld) {
  const routes = identityRoutes({ identity })
  return async (id: string, context: RequestContext, input: Input = {}): Promise<Reply> => {
    const route = routes.find((candidate) => candidate.id === id)
    if (route === undefined) throw new Error(`no route ${id}`)
    const reply = await route.handler(context, {
      params: route.params?.parse(input.params) as undefined,
      query: route.query?.parse(input.query ?? {}) as undefined,
      body: route.body?.parse(input.body) as undefined,
      ifMatch: undefined,
      cookie: () => undefined,
    })
    const schema = route.responses[reply.status]?.schema
    return schema === undefined ? reply : { ...reply, body: schema.parse(reply.body) }
  }
}
