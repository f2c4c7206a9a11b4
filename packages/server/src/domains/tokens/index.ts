export { type AccessTokenSubject, buildAccessTokenClaims } from './access-token-claims.ts'
export { issueAccessToken, type IssuedAccessToken } from './issue-access-token.ts'
export { signJws } from './jws.ts'
export { tokenAuditEvents } from './audit-events.ts'
export type { RefreshedSession, RefusalReason, RotatedToken, RotationOutcome } from './model.ts'
export { createRefreshTokens, type RefreshTokens } from './refresh-tokens.ts'
export { retryAfterDeadlock } from './retry-after-deadlock.ts'
export { type StartedFamily, startFamily } from './start-family.ts'
export {
  denyAccessToken,
  findDeniedToken,
  purgeDeniedTokens,
} from './revoked-access-tokens.ts'
