export type { IdentityRouteServices } from './account-routes.ts'
export { identityAuditEvents } from './audit-events.ts'
export type { IdentityDependencies } from './dependencies.ts'
export { identityErrors, passwordPolicyErrors } from './errors.ts'
export { createIdentity, type Identity } from './identity.ts'
export type { ProfileChange, SignInAccount, User, UserStatus } from './model.ts'
export { parseEmail } from './parse-email.ts'
export { isPasswordExpired } from './password-profiles.ts'
export { loadPasswordStrength } from './password-strength.ts'
export type {
  BreachedPasswordsPort,
  CaptchaPort,
  CredentialChangePort,
  CredentialChangeReason,
  GuessCounterPort,
  IdentityMessage,
  MessagePort,
  NameHits,
  NameScreeningPort,
} from './ports.ts'
export { identityRoutes } from './routes.ts'
export {
  changePasswordSchema,
  deleteOwnAccountSchema,
  emailBodySchema,
  emailSchema,
  meSchema,
  newPasswordSchema,
  presentPasswordPolicy,
  presentUser,
  redemptionSchema,
  registerSchema,
  changeEmailSchema,
  tokenBodySchema,
  updateProfileSchema,
  userSchema,
} from './schema.ts'
export { checkNotOwnAccount } from './use-cases/check-not-own-account.ts'
export type { PreparedReplacement } from './use-cases/prepare-replacement.ts'
