import { expect, it } from 'vitest'
import { makeChallenge } from '../../src/domains/factors/webauthn/challenge.ts'
import {
  consumeWebAuthnChallenge,
  insertWebAuthnChallenge,
  purgeWebAuthnChallenges,
} from '../../src/domains/factors/webauthn/challenge-store.ts'
import {
  advanceCredential,
  deleteCredential,
  ensureUserHandle,
  findCredential,
  findCredentialKey,
  insertCredential,
  listCredentials,
  renameCredential,
  suspectClone,
} from '../../src/domains/factors/webauthn/credential-store.ts'
import type { ChallengeScope, VerifiedAssertion } from '../../src/domains/factors/webauthn/model.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import { minutes, newId, toUuid, type UserId } from '../../src/kernel/index.ts'
import { sql, type Tx } from '../../src/platform/db/index.ts'
import { countRows, describeStore, type StoreWorld } from '../support/describe-store.ts'
import { insertBareUser } from '../support/start-bare-session.ts'

describeStore('WebAuthn challenges', (open) => {
  async function begin(changes: Partial<ChallengeScope> = {}) {
    const world = await open()
    const acme = await world.tenant()
    const userId = await insertBareUser(world, acme)
    const scope = { purpose: 'registration', userId, boundTo: Buffer.alloc(32, 1), ...changes }
    const { row } = makeChallenge(world.context(acme), scope as ChallengeScope)
    await world.database.tenantBatch(acme.id, [insertWebAuthnChallenge(row)])
    const consume = async (other: object = {}, tenant = acme) => {
      const key = { scope: row.scope, hash: row.hash, now: world.clock.now(), ...other }
      const [rows] = await world.database.tenantBatch(tenant.id, [consumeWebAuthnChallenge(key)])
      return rows.length
    }
    return { ...world, acme, userId, row, consume }
  }

  it('are consumed by one of 50 parallel answers (I2)', async () => {
    const { consume } = await begin()

    const claims = await Promise.all(Array.from({ length: 50 }, () => consume()))

    expect(claims.filter((claimed) => claimed === 1)).toHaveLength(1)
  })

  it('are consumed by what they were made for only', async () => {
    const { consume, row, userId, tenant } = await begin()
    const boundTo = Buffer.alloc(32, 1)
    const others = [
      { hash: Buffer.alloc(32, 9) },
      { scope: { purpose: 'second_factor', userId, boundTo } },
      { scope: { purpose: 'registration', userId: newId('usr'), boundTo } },
      { scope: { purpose: 'registration', userId, boundTo: Buffer.alloc(32, 2) } },
      { scope: { purpose: 'sign_in', id: row.id } },
    ]

    for (const other of others) expect(await consume(other)).toBe(0)
    expect(await consume({}, await tenant())).toBe(0)
    expect(await consume()).toBe(1)
  })

  it('of a sign-in are consumed under their id only', async () => {
    const { consume, database, acme, context } = await begin()
    const { row } = makeChallenge(context(acme), { purpose: 'sign_in' })
    await database.tenantBatch(acme.id, [insertWebAuthnChallenge(row)])
    const another = { purpose: 'sign_in', id: newId('wch') }

    expect(await consume({ hash: row.hash, scope: another })).toBe(0)
    expect(await consume({ hash: row.hash, scope: row.scope })).toBe(1)
  })

  it('end after five minutes', async () => {
    const { consume, clock } = await begin()
    clock.advance({ milliseconds: minutes(5).milliseconds - 1 })
    const isLate = { now: new Date(clock.now().getTime() + 1) }

    expect(await consume(isLate)).toBe(0)
    expect(await consume()).toBe(1)
  })

  it('are forgotten when they have expired', async () => {
    const { database, acme, clock } = await begin()
    const purge = () => database.tenantBatch(acme.id, [purgeWebAuthnChallenges(clock.now())])

    await purge()
    expect(await countRows(database, acme, 'webauthn_challenges')).toBe(1)
    clock.advance({ milliseconds: minutes(5).milliseconds + 1 })
    await purge()
    expect(await countRows(database, acme, 'webauthn_challenges')).toBe(0)
  })
})

describeStore('WebAuthn credentials', (open) => {
  async function withCredential(changes: Partial<ReturnType<typeof credentialOf>> = {}) {
    const world = await open()
    const acme = await world.tenant()
    const userId = await insertBareUser(world, acme)
    const made = { ...credentialOf(userId), ...changes }
    const within = <T>(work: (tx: Tx) => Promise<T>, tenant = acme) =>
      world.database.withTenant(tenant.id, work)
    expect(await within((tx) => insertCredential(tx, made))).toBe(true)
    const assertion = (signCount: number, other = {}): VerifiedAssertion => ({
      id: made.id,
      userId,
      signCount,
      isUserVerified: true,
      isBackupEligible: false,
      isBackedUp: false,
      ...other,
    })
    const now = world.clock.now()
    const advance = (to: VerifiedAssertion, tenant = acme) =>
      within((tx) => advanceCredential(tx, to, now), tenant)
    const suspect = (by: VerifiedAssertion, tenant = acme) =>
      within((tx) => suspectClone(tx, by, now), tenant)
    return { ...world, acme, userId, made, within, assertion, advance, suspect }
  }

  it('advance once for 50 parallel assertions with one counter', async () => {
    const { advance, assertion } = await withCredential()

    const accepted = await Promise.all(Array.from({ length: 50 }, () => advance(assertion(1))))

    expect(accepted.filter(Boolean)).toHaveLength(1)
  })

  it.each([
    [0, 0, true],
    [0, 1, true],
    [5, 6, true],
    [5, 5, false],
    [5, 4, false],
    [5, 0, false],
    [4_294_967_294, 4_294_967_295, true],
  ])('from counter %i to %i: %s', async (from, to, isAccepted) => {
    const { advance, suspect, assertion } = await withCredential({ signCount: from })

    expect(await advance(assertion(to))).toBe(isAccepted)
    if (!isAccepted) expect(await suspect(assertion(to))).toBe(true)
  })

  it('take over what an assertion says: the counter, the backup and the time', async () => {
    const { advance, assertion, within, userId, clock } = await withCredential()

    await advance(assertion(1, { isBackedUp: true }))

    const [row] = await within((tx) => tx.run(listCredentials(userId)))
    expect(row).toMatchObject({ is_backed_up: true, last_used_at: clock.now() })
  })

  it('are blocked for good by the suspicion of a copy, which is raised once', async () => {
    const { advance, suspect, assertion } = await withCredential({ signCount: 5 })

    const raised = await Promise.all(Array.from({ length: 50 }, () => suspect(assertion(5))))

    expect(raised.filter(Boolean)).toHaveLength(1)
    expect(await advance(assertion(100))).toBe(false)
  })

  it('are not suspected where the counter grew or is not used', async () => {
    const grown = await withCredential({ signCount: 5 })
    const unused = await withCredential()

    expect(await grown.suspect(grown.assertion(6))).toBe(false)
    expect(await unused.suspect(unused.assertion(0))).toBe(false)
  })

  it('do not change whether they may leave their authenticator', async () => {
    const { advance, assertion } = await withCredential()

    expect(await advance(assertion(1, { isBackupEligible: true }))).toBe(false)
  })

  it('have a key that is written once (ASVS 6.7.1)', async () => {
    const { within } = await withCredential()

    for (const update of [
      sql`UPDATE webauthn_credentials SET public_key = public_key`,
      sql`UPDATE webauthn_credentials SET credential_id = credential_id`,
      sql`UPDATE webauthn_credentials SET user_id = user_id`,
    ]) {
      await expect(within((tx) => tx.run(update))).rejects.toThrow()
    }
    expect(await within((tx) => tx.run(sql`UPDATE webauthn_credentials SET name = name`))).toEqual(
      [],
    )
  })

  it('are unknown to other users and tenants, whatever is done with them', async () => {
    const { made, userId, tenant, within, advance, suspect, assertion, acme, ...world } =
      await withCredential({ signCount: 5 })
    const globex = await tenant()
    const other = await insertBareUser({ ...world, tenant }, acme)
    const [own, foreign] = [
      { id: made.id, userId },
      { id: made.id, userId: other },
    ]

    for (const [key, where] of [
      [foreign, acme],
      [own, globex],
    ] as const) {
      const found = await within(
        async (tx) => [
          ...(await tx.run(listCredentials(key.userId))),
          ...(await tx.run(findCredential(key))),
          ...(await tx.run(renameCredential(key, 'Mine'))),
        ],
        where,
      )
      expect(found).toEqual([])
      expect(await within((tx) => deleteCredential(tx, key), where)).toBe(false)
      expect(await advance({ ...assertion(9), ...key }, where)).toBe(false)
      expect(await suspect({ ...assertion(1), ...key }, where)).toBe(false)
    }
    expect(await within((tx) => tx.run(findCredentialKey(made.credentialId)), globex)).toEqual([])
    const [found] = await within((tx) => tx.run(findCredential(own)))
    expect([found]).toEqual(await within((tx) => tx.run(listCredentials(userId))))
    expect(await within((tx) => deleteCredential(tx, own))).toBe(true)
  })

  it('have an id that no other user of the tenant can register', async () => {
    const { made, tenant, within, acme, ...world } = await withCredential()
    const copyFor = (userId: UserId) => ({ ...made, id: newId('wac'), userId })
    const other = await insertBareUser({ ...world, tenant }, acme)
    const globex = await tenant()
    const elsewhere = await insertBareUser({ ...world, tenant }, globex)

    expect(await within((tx) => insertCredential(tx, copyFor(other)))).toBe(false)
    expect(await within((tx) => insertCredential(tx, copyFor(elsewhere)), globex)).toBe(true)
  })

  it('find the handle of their user, which is made once', async () => {
    const { made, userId, within, clock } = await withCredential()
    const handles = await Promise.all(
      [1, 2, 3, 4].map((byte) =>
        within((tx) =>
          ensureUserHandle(tx, { userId, handle: Buffer.alloc(32, byte), now: clock.now() }),
        ),
      ),
    )

    expect(new Set(handles.map((handle) => Buffer.from(handle).toString('hex'))).size).toBe(1)
    const another = credentialOf(userId)
    await within((tx) => insertCredential(tx, another))
    for (const { id, credentialId } of [made, another]) {
      const rows = await within((tx) => tx.run(findCredentialKey(credentialId)))
      expect(rows).toMatchObject([{ id: toUuid(id), user_handle: handles[0] }])
    }
  })

  it('go with their user', async () => {
    const { database, acme, userId } = await withCredential()

    await deleteUser({ database }, acme, userId)

    expect(await countRows(database, acme, 'webauthn_credentials')).toBe(0)
  })
})

async function deleteUser({ database }: Pick<StoreWorld, 'database'>, tenant: Tenant, id: UserId) {
  await database.tenantBatch(tenant.id, [
    sql`DELETE FROM users WHERE tenant_id = current_tenant_id() AND id = ${toUuid(id)}`,
  ])
}

function credentialOf(userId: UserId) {
  const id = newId('wac')
  return {
    id,
    userId,
    credentialId: Buffer.from(id).toString('base64url'),
    publicKey: Buffer.alloc(77),
    signCount: 0,
    isBackupEligible: false,
    isBackedUp: false,
    transports: ['usb'],
    aaguid: '00000000-0000-0000-0000-000000000000',
    attestationFormat: 'none',
    name: 'Security key',
    createdAt: new Date(0),
  }
}
