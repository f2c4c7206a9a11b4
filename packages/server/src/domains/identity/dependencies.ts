import type { Database } from '../../platform/db/index.ts'
import type { PasswordHasher } from '../../platform/password-hashing/index.ts'
import type { Access } from '../access/index.ts'
import type {
  BreachedPasswordsPort,
  CaptchaPort,
  CredentialChangePort,
  GuessCounterPort,
  MessagePort,
  NameScreeningPort,
  RegistrationRiskPort,
} from './ports.ts'

/** What every use case of this domain is given. */
export interface IdentityDependencies {
  readonly database: Database
  readonly hasher: Pick<PasswordHasher, 'hash' | 'verify' | 'decoyHash'>
  readonly access: Access
  readonly credentialChange: CredentialChangePort
  readonly messages: MessagePort
  readonly guesses: GuessCounterPort
  /** Without one, no challenge counts as solved. */
  readonly captcha?: CaptchaPort | undefined
  /** Without one, every registration is as good as another. */
  readonly registrationRisk?: RegistrationRiskPort | undefined
  /** Without one, no name is compared with anything. */
  readonly nameScreening?: NameScreeningPort | undefined
  readonly breachedPasswords?: BreachedPasswordsPort | undefined
}
