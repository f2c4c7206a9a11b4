import { expect, it } from 'vitest'
import { countRows, describeStore } from '../../../test/support/describe-store.ts'
import { Secret } from '../../kernel/index.ts'
import { createIdentity } from './index.ts'
import { GOOD_PASSWORD, identityWorlds, OTHER_PASSWORD } from './identity-world.contract.ts'

describeStore('breached passwords', (open) => {
  const worlds = identityWorlds(open)
  const email = 'ada@example.test'
  const breached = { code: 'password_breached', status: 422 }
  const unavailable = 'user.breach_check_unavailable success'
  const password = new Secret(GOOD_PASSWORD)

  it('are refused wherever somebody chooses one, and nothing changes', async () => {
    const world = await worlds()
    const { identity, anonymous, admin, ports, database, acme } = world
    const ada = world.as((await world.register(email, OTHER_PASSWORD)).userId)
    await identity.forgotPassword(anonymous, email)
    await identity.inviteUser(admin, { email: 'dan@example.test' })
    ports.breached.add(GOOD_PASSWORD)
    const currentPassword = new Secret(OTHER_PASSWORD)
    const token = (kind: 'reset_password' | 'invitation') => ports.lastToken(kind)

    const attempts = [
      () => identity.register(anonymous, { email: 'ben@example.test', password }),
      () => identity.createUser(admin, { email: 'ben@example.test', password }),
      () => identity.changePassword(ada, { currentPassword, newPassword: password }),
      () => identity.resetPassword(anonymous, { token: token('reset_password'), password }),
      () => identity.acceptInvitation(anonymous, { token: token('invitation'), password }),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(breached)

    expect(await countRows(database, acme, 'users')).toBe(2)
    expect(await countRows(database, acme, 'passwords')).toBe(1)
    expect(await world.signsIn(email, OTHER_PASSWORD)).toBe(true)
  })

  it('can not be recognised while the list fails: accepted, and recorded', async () => {
    const { identity, anonymous, ports, signsIn, audit } = await worlds()
    ports.failsAt = 'breach_list'

    await identity.register(anonymous, { email, password })

    expect(await signsIn(email, GOOD_PASSWORD)).toBe(true)
    expect(await audit()).toEqual([unavailable, 'user.registered success'])
  })

  it('are still judged by all other rules while the list fails', async () => {
    const { identity, anonymous, ports } = await worlds()
    ports.failsAt = 'breach_list'

    await expect(
      identity.register(anonymous, { email, password: new Secret('Password1234!') }),
    ).rejects.toMatchObject({ code: 'password_too_common' })
  })

  it('are recognised for sign-in, in the form that is hashed', async () => {
    const { identity, anonymous, ports, audit } = await worlds()
    ports.breached.add('plinth-\u00f6chre')

    const asked = async (text: string) => identity.isPasswordBreached(anonymous, new Secret(text))

    expect(await asked('plinth-o\u0308chre')).toBe(true)
    expect(await asked(GOOD_PASSWORD)).toBe(false)
    expect(await audit()).toEqual([])
    ports.failsAt = 'breach_list'
    expect(await asked('plinth-o\u0308chre')).toBe(false)
    expect(await audit()).toEqual([unavailable])
  })

  it('are not looked for where no list is configured', async () => {
    const { database, access, ports, anonymous, audit } = await worlds()
    const { breachedPasswords: _, ...rest } = ports.dependencies()
    const identity = createIdentity({ database, access, ...rest })

    expect(await identity.isPasswordBreached(anonymous, password)).toBe(false)
    expect(await audit()).toEqual([])
  })
})
