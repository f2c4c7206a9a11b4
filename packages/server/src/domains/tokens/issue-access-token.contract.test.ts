import { randomBytes } from 'node:crypto'
import { createVerifier } from '@countersign/verify'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { newId, Secret } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { createKeys } from '../keys/index.ts'
import type { AccessTokenSubject } from './access-token-claims.ts'
import { issueAccessToken } from './issue-access-token.ts'

const sealer = createSealer({ masterKey: new Secret<Uint8Array>(randomBytes(32)) })
const notes = 'https://notes.example.test'

describeStore('issuing access tokens', (open) => {
  async function start() {
    const { database, clock, tenant: newTenant, context } = await open()
    const tenant = await newTenant({ audiences: [notes] })
    const keys = createKeys({ database, sealer, clock })
    const subject: AccessTokenSubject = {
      userId: newId('usr'),
      sessionId: newId('ses'),
      clientId: 'first-party',
      scope: '',
      roles: ['administrator'],
      acr: '1',
      amr: ['pwd'],
      authTime: clock.now(),
    }
    return { clock, tenant, keys, subject, newTenant, context: context(tenant) }
  }

  it('RFC 9068 §2: makes a token that jose verifies as `at+jwt`', async () => {
    const { clock, tenant, keys, subject, context } = await start()

    const issued = await issueAccessToken({ keys }, context, subject)

    const jwks = await keys.jwks(tenant)
    const resolve = createLocalJWKSet({ keys: jwks.keys.map((jwk) => ({ ...jwk })) })
    const { payload } = await jwtVerify(issued.token, resolve, {
      typ: 'at+jwt',
      algorithms: ['ES256'],
      issuer: tenant.issuer,
      audience: notes,
      currentDate: clock.now(),
    })
    expect(decodeProtectedHeader(issued.token)).toStrictEqual({
      typ: 'at+jwt',
      alg: 'ES256',
      kid: (await keys.signer(tenant)).keyId,
    })
    expect(payload).toMatchObject({ sub: subject.userId, jti: issued.jti, tenant: tenant.id })
    expect(issued.expiresIn).toBe(600)
  })

  it('makes a token that our verifier takes with the keys at hand', async () => {
    const { clock, tenant, keys, subject, context } = await start()
    const verifier = createVerifier({
      issuer: tenant.issuer,
      audience: tenant.issuer,
      jwks: keys.verificationKeys(tenant),
      clock,
    })

    const { token, jti } = await issueAccessToken({ keys }, context, subject)

    await expect(verifier.verify(token)).resolves.toMatchObject({
      subject: subject.userId,
      session: subject.sessionId,
      tenant: tenant.id,
      jti,
    })
  })

  it('I4: our verifier refuses its tokens as soon as their key is revoked', async () => {
    const { clock, tenant, keys, subject, context } = await start()
    const verifier = createVerifier({
      issuer: tenant.issuer,
      audience: tenant.issuer,
      jwks: keys.verificationKeys(tenant),
      clock,
    })
    const { token } = await issueAccessToken({ keys }, context, subject)
    await verifier.verify(token)

    await keys.revoke(context, (await keys.signer(tenant)).keyId)

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'key_unknown' })
  })

  it('I6: a token of one tenant is none of another', async () => {
    const { clock, keys, subject, context, newTenant } = await start()
    const other = await newTenant({ audiences: [notes] })
    const verifier = createVerifier({
      issuer: other.issuer,
      audience: notes,
      jwks: keys.verificationKeys(other),
      clock,
    })

    const { token } = await issueAccessToken({ keys }, context, subject)

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'issuer_refused' })
  })

  it('names the new key in the header after a rotation', async () => {
    const { tenant, keys, subject, context } = await start()
    const before = await issueAccessToken({ keys }, context, subject)
    await keys.rotate(context, { force: true })

    const after = await issueAccessToken({ keys }, context, subject)

    const { kid } = decodeProtectedHeader(after.token)
    expect(kid).toBe((await keys.signer(tenant)).keyId)
    expect(kid).not.toBe(decodeProtectedHeader(before.token).kid)
  })
})
