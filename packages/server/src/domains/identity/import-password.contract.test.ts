import { describe, expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { Secret } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import { identityWorlds, kindsOf } from './identity-world.contract.ts'
import { createUserSchema } from './schema.ts'

describeStore('users with a password of another system', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'
  /** crypt_blowfish: `U*U`. */
  const bcrypt = {
    kind: 'bcrypt',
    hash: '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW',
  } as const
  const password = new Secret('U*U')

  it('sign in with it, and get a hash of ours at the first sign-in', async () => {
    const { identity, admin, anonymous, database, acme, ports, signsIn } = await worlds()
    const find = () => database.withTenant(acme.id, (tx) => identity.findForSignIn(tx, email))

    const user = await identity.createUser(admin, { email, passwordHash: bcrypt })
    const provenAgainst = (await find())?.passwordHash ?? ''
    const proof = await identity.verifyPassword(provenAgainst, password)
    await identity.rehash(anonymous, user.id, password, provenAgainst)

    expect(proof).toEqual({ matches: true, needsRehash: true })
    expect((await find())?.passwordHash).toMatch(/^v1\$nfc\$argon2id\$/)
    expect(await signsIn(email, 'U*U')).toBe(true)
    expect(await signsIn(email, 'U*V')).toBe(false)
    expect(user.emailVerifiedAt).toBeUndefined()
    expect(kindsOf(ports.messages)).toEqual(['verify_email'])
  })

  it('leave the kind of the hash in the trail, and nothing of it', async () => {
    const { identity, admin, database, acme } = await worlds()

    await identity.createUser(admin, { email, passwordHash: bcrypt })

    const [rows] = await database.tenantBatch(acme.id, [
      sql<{ action: string; details: unknown }>`
        SELECT action, details FROM audit_events WHERE tenant_id = current_tenant_id()`,
    ])
    expect(rows).toEqual([{ action: 'user.created', details: { imported_hash: 'bcrypt' } }])
  })

  it.each([
    ['malformed', { ...bcrypt, hash: 'U*U' }],
    ['too_costly', { ...bcrypt, hash: bcrypt.hash.replace('$05$', '$31$') }],
  ] as const)(
    'are refused when the hash is %s, and nothing changes',
    async (code, passwordHash) => {
      const { identity, admin, database, acme } = await worlds()

      await expect(identity.createUser(admin, { email, passwordHash })).rejects.toMatchObject({
        code: 'password_hash_refused',
        status: 422,
        options: { fields: [{ pointer: '/password_hash', code }] },
      })
      expect(await countRows(database, acme, 'users')).toBe(0)
    },
  )

  it('are refused an import of the same password under a history', async () => {
    const { identity, admin, as } = await worlds({ password_profile: 'psd2' })
    const passwordHash = {
      kind: 'pbkdf2_sha256',
      hash: 'fV6CJ4/RNuy1aQBLhcrQXdXjTAuYID2hQFJVEP3i7sY=',
      salt: 'c2FsdHNhbHRzYWx0',
      iterations: 1000,
    } as const
    const user = await identity.createUser(admin, { email, passwordHash })
    const same = new Secret('plinth-ochre-tandem-41')

    await expect(
      identity.changePassword(as(user.id), { currentPassword: same, newPassword: same }),
    ).rejects.toMatchObject({ code: 'password_reused' })
  })
})

describe('the wire form of a user to create', () => {
  const hash = { kind: 'bcrypt', hash: 'x' }
  const accepts = (body: object) =>
    createUserSchema.safeParse({ email: 'ada@example.test', ...body }).success

  it('has a password, its hash, an invitation, or none of them', () => {
    expect(accepts({})).toBe(true)
    expect(accepts({ password: 'x' })).toBe(true)
    expect(accepts({ password_hash: hash })).toBe(true)
    expect(accepts({ send_invitation: true })).toBe(true)
    expect(accepts({ password: 'x', password_hash: hash })).toBe(false)
    expect(accepts({ password: 'x', send_invitation: true })).toBe(false)
    expect(accepts({ password_hash: hash, send_invitation: true })).toBe(false)
  })

  it('has no members that the kind of hash does not know', () => {
    const pbkdf2 = { kind: 'pbkdf2_sha256', hash: 'x', salt: 'x', iterations: 1000 }

    expect(accepts({ password_hash: pbkdf2 })).toBe(true)
    expect(accepts({ password_hash: { ...pbkdf2, kind: 'bcrypt' } })).toBe(false)
    expect(accepts({ password_hash: { ...pbkdf2, extra: 1 } })).toBe(false)
    expect(accepts({ password_hash: { kind: 'md5', hash: 'x' } })).toBe(false)
    expect(accepts({ password_hash: { ...pbkdf2, hash: 'x'.repeat(513) } })).toBe(false)
  })

  it('gives the parameters of Firebase their names', () => {
    const body = createUserSchema.parse({
      email: 'ada@example.test',
      password_hash: {
        kind: 'firebase_scrypt',
        hash: 'h',
        salt: 's',
        signer_key: 'k',
        salt_separator: 'p',
        rounds: 8,
        mem_cost: 14,
      },
    })

    expect(body.password_hash).toEqual({
      kind: 'firebase_scrypt',
      hash: 'h',
      salt: 's',
      signerKey: 'k',
      saltSeparator: 'p',
      rounds: 8,
      memCost: 14,
    })
  })
})
