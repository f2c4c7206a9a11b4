import { expect, it } from 'vitest'
import { newId } from '../../../../kernel/index.ts'
import type { ClientWithSecrets } from '../../clients/model.ts'
import type { GrantFacts } from '../grant-store.ts'
import { readPlainGrant } from './plain-refresh-token.ts'

const client = { id: newId('cli') } as ClientWithSecrets
const API = 'https://api.example'
const token = {
  kind: 'RefreshToken',
  jti: 'value',
  iat: 1,
  exp: 2,
  iiat: 1,
  clientId: client.id,
  accountId: newId('usr'),
  grantId: 'grant',
  gty: 'authorization_code',
  rotations: 0,
  scope: 'openid read',
  resource: API,
}
const grant = {
  kind: 'Grant',
  jti: 'grant',
  iat: 1,
  exp: 2,
  clientId: client.id,
  accountId: token.accountId,
  openid: { scope: 'openid profile' },
  resources: { [API]: 'write read', 'https://other.example': 'read' },
}

function read(ofToken: object = {}, ofGrant: object = {}) {
  const facts = { payload: { ...grant, ...ofGrant } } as unknown as GrantFacts
  return readPlainGrant({ ...token, ...ofToken }, new Map([['grant', facts]]), client)
}

it('tells what both, token and grant, allow', () => {
  expect(read()).toMatchObject({ oidcScopes: ['openid'], resourceScopes: ['read'] })
})

it('tells nothing of another resource server', () => {
  expect(read({ resource: 'https://third.example' })?.resourceScopes).toEqual([])
})

it.each<[string, object]>([
  ['is bound to a key', { jkt: 'thumbprint' }],
  ['is bound to a certificate', { 'x5t#S256': 'thumbprint' }],
  ['is bound to an attestation', { attestationJkt: 'thumbprint' }],
  ['ends with the session of the engine', { expiresWithSession: true }],
  ['allows details', { rar: [{ type: 'payment_initiation' }] }],
  ['was asked for with claims', { claims: { id_token: { email: null } } }],
  ['was used', { consumed: 1 }],
  ['is for several resource servers', { resource: [API, 'https://other.example'] }],
  ['is for none', { resource: undefined }],
  ['is another kind of token', { kind: 'AuthorizationCode' }],
  ['is of another client', { clientId: newId('cli') }],
  ['has a grant that was not found', { grantId: 'other' }],
  ['says what nobody knows', { more: true }],
])('does not read a token that %s', (_, member) => {
  expect(read(member)).toBeUndefined()
})

it.each<[string, object]>([
  ['allows details', { rar: [{ type: 'payment_initiation' }] }],
  ['rejects a scope', { rejected: { openid: { scope: 'profile' } } }],
  ['rejects claims', { openid: { scope: 'openid', claims: ['email'] } }],
])('does not read a grant that %s', (_, member) => {
  expect(read({}, member)).toBeUndefined()
})
