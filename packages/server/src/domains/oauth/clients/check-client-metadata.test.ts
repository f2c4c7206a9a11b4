import { describe, expect, it } from 'vitest'
import { AppError } from '../../../kernel/index.ts'
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

function refusedPointers(metadata: Record<string, unknown>): string[] {
  try {
    checkClientMetadata(tenant, 'service', metadata)
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return (error.options.fields ?? []).map(({ pointer }) => pointer)
  }
}
