import { describe, expect, it } from 'vitest'
import { AppError } from '../../../kernel/index.ts'
import type { ClientProfile } from './profiles.ts'
import { checkClientMetadata } from './check-client-metadata.ts'

const AUDIENCES = ['https://api.acme.test', 'notes-api', 'https://api.acme.test/#part']
const tenant = {
  issuer: 'https://id.acme.test/t/acme',
  policy: { audiences: AUDIENCES },
} as unknown as Parameters<typeof checkClientMetadata>[0]

it('takes an audience of the tenant that is an absolute URI, and the issuer', () => {
  const resources = ['https://api.acme.test', tenant.issuer]

  expect(checkClientMetadata(tenant, 'service', { resources }).resources).toEqual(resources)
})

it.each([
  ['RFC 8707 §2: a name that is no URI', 'notes-api'],
  ['RFC 8707 §2: a URI with a fragment', 'https://api.acme.test/#part'],
  ['what is no audience of the tenant', 'https://api.evil.test'],
])('refuses %s as resource', (_, resource) => {
  for (const member of ['resources', 'serves_resources']) {
    expect(refusedPointers({ [member]: [resource] })).toEqual([`/metadata/${member}/0`])
  }
})

describe('RFC 8705 §2.1.2: a client with `tls_client_auth`', () => {
  const method = { token_endpoint_auth_method: 'tls_client_auth' }
  const dns = { tls_client_auth_san_dns: 'client.example' }
  const ip = { tls_client_auth_san_ip: '192.0.2.1' }

  it('names its certificate in exactly one way', () => {
    expect(refusedPointers({ ...method, ...dns })).toEqual([])
    expect(refusedPointers(method)).toEqual(['/metadata/token_endpoint_auth_method'])
    expect(refusedPointers({ ...method, ...dns, ...ip })).toEqual([
      '/metadata/tls_client_auth_san_dns',
      '/metadata/tls_client_auth_san_ip',
    ])
  })

  it('names it by what a certificate can have', () => {
    const names = { tls_client_auth_subject_dn: 'nobody' }

    expect(refusedPointers({ ...method, ...names })).toEqual([
      '/metadata/tls_client_auth_subject_dn',
    ])
  })

  it('is the only one that names it', () => {
    expect(refusedPointers(dns)).toEqual(['/metadata/tls_client_auth_san_dns'])
  })
})

it('OIDC Core §10.2: refuses encryption without a key to encrypt to', () => {
  const wish = { id_token_encrypted_response_alg: 'ECDH-ES' }
  const key = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }

  expect(refusedPointers(wish)).toEqual(['/metadata/jwks'])
  expect(refusedPointers({ ...wish, jwks: { keys: [{ ...key, use: 'sig' }] } })).toEqual([
    '/metadata/jwks',
  ])
  expect(refusedPointers({ ...wish, jwks: { keys: [{ ...key, use: 'enc' }] } })).toEqual([])
})

describe('OIDC Core §8.1: a client with `pairwise` subjects', () => {
  const pairwise = { subject_type: 'pairwise' }
  const [one, two] = ['https://one.example/cb', 'https://two.example/cb']
  const pointers = (metadata: object) => refusedPointers({ ...pairwise, ...metadata }, 'web')

  it('has one host, or a sector', () => {
    expect(pointers({ redirect_uris: [one] })).toEqual([])
    expect(pointers({ redirect_uris: [one, two] })).toEqual(['/metadata/sector_identifier_uri'])
    expect(
      pointers({ redirect_uris: [one, two], sector_identifier_uri: 'https://s.example/' }),
    ).toEqual([])
    expect(
      refusedPointers({ ...pairwise, redirect_uris: ['com.example.app:/cb'] }, 'native'),
    ).toEqual(['/metadata/sector_identifier_uri'])
  })

  it.each(['http://s.example/', 'https://a@s.example/', 'file:///s'])(
    'has no sector at %s',
    (sector_identifier_uri) => {
      expect(pointers({ redirect_uris: [one], sector_identifier_uri })).toEqual([
        '/metadata/sector_identifier_uri',
      ])
    },
  )

  it('is the only one with a sector', () => {
    const sector_identifier_uri = 'https://s.example/'

    expect(refusedPointers({ redirect_uris: [one], sector_identifier_uri }, 'web')).toEqual([
      '/metadata/sector_identifier_uri',
    ])
  })

  it('has keys of its sector for grants without a redirect', () => {
    const grant_types = ['urn:openid:params:grant-type:ciba']

    expect(pointers({ redirect_uris: [one], grant_types })).toEqual(['/metadata/subject_type'])
  })
})

function refusedPointers(
  metadata: Record<string, unknown>,
  profile: ClientProfile = 'service',
): string[] {
  try {
    checkClientMetadata(tenant, profile, metadata)
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return (error.options.fields ?? []).map(({ pointer }) => pointer)
  }
}
