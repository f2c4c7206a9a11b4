import { expect, it } from 'vitest'
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

function refusedPointers(metadata: Record<string, unknown>): string[] {
  try {
    checkClientMetadata(tenant, 'service', metadata)
    return []
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return (error.options.fields ?? []).map(({ pointer }) => pointer)
  }
}
