import type { AuditEntry } from '../../audit/index.ts'

/** What the trail says of every token that a client got. */
export function tokenIssued(issued: {
  readonly grantType: string
  readonly clientId: string
  readonly jti: string
  readonly userId?: string | undefined
}): AuditEntry {
  const { grantType, clientId, jti, userId } = issued
  return {
    action: 'oauth.token_issued',
    outcome: 'success',
    target: { kind: 'client', id: clientId },
    ...(userId === undefined ? {} : { actor: { userId } }),
    details: { grantType, jti },
  }
}
