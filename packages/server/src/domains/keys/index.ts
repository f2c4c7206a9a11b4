export { keyAuditEvents } from './audit-events.ts'
export { keyErrors } from './errors.ts'
export { createKeys, type KeyPage, type Keys, type KeysOptions } from './keys.ts'
export type {
  KeyAlgorithm,
  KeyStatus,
  PublicJwk,
  PublishedKey,
  Signer,
  SigningKey,
  TenantKeySource,
} from './model.ts'
export { keyRoutes, type KeyRouteServices } from './routes.ts'
export type { DueRotation } from './use-cases/rotate-due-keys.ts'
export type { RotateOptions } from './use-cases/rotate-keys.ts'
