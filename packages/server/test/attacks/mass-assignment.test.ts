import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { newId } from '../../src/kernel/index.ts'
import type { Actor } from '../support/actors.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { openWorld, type World } from '../support/open-world.ts'
import { tenantState } from './tenant-state.ts'

/** Threat: a member that the endpoint did not mean to take changes what it must not (API3:2023). */
let world: World
let acme: Tenant
let ana: Actor
let admin: Actor

const PRIVILEGED: Readonly<Record<string, unknown>> = {
  roles: ['admin'],
  role: 'admin',
  permissions: ['users.write'],
  status: 'active',
  tenant: newId('ten'),
  tenant_id: newId('ten'),
  id: newId('usr'),
  email_verified: true,
  email_verified_at: '2026-01-01T00:00:00Z',
  emailVerified: true,
  password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA',
  created_at: '2020-01-01T00:00:00Z',
  is_admin: true,
}

beforeAll(async () => {
  world = await openWorld()
  acme = await world.tenant()
  ana = await world.actors.signedIn({ tenant: acme })
  admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
})
afterAll(() => world.close())

interface Attempt {
  readonly actor: Actor
  readonly method: 'POST' | 'PATCH'
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
}

async function expectUnknownMember(attempt: Attempt, member: string, value: unknown) {
  const before = await tenantState(world, acme)
  const { actor, method, path, body } = attempt

  const { result, events } = await auditedDuring(world, acme, () =>
    actor.call(method, path, { ...body, [member]: value }),
  )

  const problem = expectProblem(result, 'invalid_request', 400)
  expect(problem.errors).toMatchObject([{ pointer: `/${member}`, code: 'unknown_member' }])
  expect(events.filter((event) => event.outcome === 'success')).toEqual([])
  expect(await tenantState(world, acme)).toEqual(before)
}

describe.each(Object.entries(PRIVILEGED))('the member %s', (member, value) => {
  it('is refused when one changes the own profile', async () => {
    const body = { display_name: 'Ana' }

    await expectUnknownMember(
      { actor: ana, method: 'PATCH', path: '/api/auth/me', body },
      member,
      value,
    )
  })

  it('is refused when one registers', async () => {
    const body = { email: `${newId('usr')}@example.test`, password: 'plum-orbit-lantern-42' }
    const actor = world.actors.nobody(acme)

    await expectUnknownMember(
      { actor, method: 'POST', path: '/api/auth/register', body },
      member,
      value,
    )
  })

  it('is refused when one signs in', async () => {
    const { email, password } = ana.identity
    const actor = world.actors.nobody(acme)
    const body = { email, password }

    await expectUnknownMember(
      { actor, method: 'POST', path: '/api/auth/login', body },
      member,
      value,
    )
  })
})

/** An administrator may give roles, within bounds, and import a password by its hash. */
const FOR_ADMINISTRATORS = ['roles', 'password_hash']
const NOT_FOR_NEW_USERS = Object.entries(PRIVILEGED).filter(
  ([member]) => !FOR_ADMINISTRATORS.includes(member),
)

it.each(NOT_FOR_NEW_USERS)(
  'the member %s is refused when an administrator creates a user',
  async (member, value) => {
    const body = { email: `${newId('usr')}@example.test`, send_invitation: true }
    const attempt = { actor: admin, method: 'POST', path: '/api/admin/users', body } as const

    await expectUnknownMember(attempt, member, value)
  },
)

it('does not let anyone change the own address with the profile', async () => {
  const attempt = { actor: ana, method: 'PATCH', path: '/api/auth/me', body: {} } as const

  await expectUnknownMember(attempt, 'email', 'victim@example.test')
  await expectUnknownMember(attempt, 'email_key', 'victim@example.test')
})

it('does not let an administrator give the role of the operators, in another tenant than theirs', async () => {
  const before = await tenantState(world, acme)

  const { result, events } = await auditedDuring(world, acme, () =>
    admin.call('POST', `/api/admin/users/${ana.userId}/roles`, { role: 'operator' }),
  )

  expect(result.statusCode).toBeGreaterThanOrEqual(403)
  expect(result.statusCode).toBeLessThan(500)
  expect(events.filter((event) => event.outcome === 'success')).toEqual([])
  expect(await tenantState(world, acme)).toEqual(before)
})

it('answers with no member that the schema does not name', async () => {
  const answer = await ana.call('GET', '/api/auth/me')

  expect(Object.keys(answer.json()).sort()).toEqual([
    'created_at',
    'display_name',
    'email',
    'email_verified',
    'id',
    'locale',
    'permissions',
    'roles',
  ])
})
