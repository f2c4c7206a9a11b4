import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { sql } from '../../src/platform/db/index.ts'
import { tokenFromMail } from '../attacks/read-mail.ts'
import { openWorld, type World } from '../support/open-world.ts'

let world: World

beforeAll(async () => {
  world = await openWorld()
})

afterAll(() => world.close())

it('takes a user of Keycloak over, who signs in with the same password as before', async () => {
  const acme = await world.tenant()
  const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })
  const alice = world.actors.nobody(acme)
  const email = 'alice@example.test'

  const created = await admin.call('POST', '/api/admin/users', {
    email,
    password_hash: {
      kind: 'pbkdf2_sha256',
      hash: 'A3okqV2T/ybXTVEgKfosoSjP8Yc9IZbFP/SY4cEd6hag7TABQrQ6nUSuwagGt96l8cw1DTijO75PqX6uiTXMzw==',
      salt: 'sl4mXx6T9FypPH/s9TngfQ==',
      iterations: 27_500,
    },
  })
  expect(created.statusCode).toBe(201)
  expect(created.body).not.toContain('A3okqV2T')
  const token = await tokenFromMail(world, email)
  expect((await alice.call('POST', '/api/auth/verify-email', { token })).statusCode).toBe(200)
  expect(await storedHash(acme, email)).toMatch(/^\$pbkdf2-sha256\$/)

  const wrong = await alice.call('POST', '/api/auth/login', { email, password: 'alicE' })
  expect(wrong.statusCode).toBe(401)
  const login = await alice.call('POST', '/api/auth/login', { email, password: 'alice' })
  expect(login.json()).toMatchObject({ status: 'complete' })
  expect(await storedHash(acme, email)).toMatch(/^v1\$nfc\$argon2id\$/)

  const again = await alice.call('POST', '/api/auth/login', { email, password: 'alice' })
  expect(again.json()).toMatchObject({ status: 'complete' })
})

it('refuses a hash that would take minutes, and says where it stands', async () => {
  const acme = await world.tenant()
  const admin = await world.actors.signedIn({ tenant: acme, roles: ['admin'] })

  const created = await admin.call('POST', '/api/admin/users', {
    email: 'alice@example.test',
    password_hash: { kind: 'bcrypt', hash: `$2b$31$${'a'.repeat(53)}` },
  })

  expect(created.statusCode).toBe(422)
  expect(created.json()).toMatchObject({
    code: 'password_hash_refused',
    errors: [{ pointer: '/password_hash', code: 'too_costly' }],
  })
})

async function storedHash(tenant: Tenant, email: string): Promise<string | undefined> {
  const [rows] = await world.database.tenantBatch(tenant.id, [
    sql<{ password_hash: string }>`
      SELECT p.password_hash
        FROM passwords p JOIN users u ON u.tenant_id = p.tenant_id AND u.id = p.user_id
       WHERE p.tenant_id = current_tenant_id() AND u.email_key = ${email}`,
  ])
  return rows[0]?.password_hash
}
