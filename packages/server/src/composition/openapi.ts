import { accessErrors } from '../domains/access/index.ts'
import { describeRoutes, type Route } from '../platform/http/index.ts'
import { PRODUCT_VERSION } from './version.ts'

/** The OpenAPI description of this server. */
export function openApiOf(routes: readonly Route[], baseUrl: string): Record<string, unknown> {
  return describeRoutes(routes, {
    version: PRODUCT_VERSION,
    baseUrl,
    permissionDenied: accessErrors.permission_denied,
    tags: TAGS,
  })
}

const TAGS = [
  { name: 'Account', description: 'Sign up, sign in, and look after the own account.' },
  { name: 'Factors', description: 'Second factors of the own account.' },
  { name: 'Sessions', description: 'Where somebody is signed in, and how to end it.' },
  { name: 'Discovery', description: 'What relying parties and resource servers need to know.' },
  { name: 'Shared signals', description: 'Security events for receivers (OpenID SSF 1.0).' },
  { name: 'Users', description: 'Administration of the users of a tenant.' },
  {
    name: 'Screening',
    description: 'Users whose names resemble the sanctions list of the operator.',
  },
  { name: 'Roles', description: 'Who may do what in a tenant.' },
  { name: 'Keys', description: 'Signing keys of a tenant and what verifiers need of them.' },
  { name: 'Audit', description: 'What happened, and who did it.' },
  { name: 'Tenants', description: 'The operators’ view: tenants of this installation.' },
]
