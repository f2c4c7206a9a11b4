import { httpErrors } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { accessErrors } from '../access/index.ts'
import { identityErrors } from '../identity/index.ts'

/** Of every route that asks again who is there. */
export const reauthenticationErrors = [
  identityErrors.current_password_wrong,
  accessErrors.user_not_found,
  httpErrors.insufficient_user_authentication,
  passwordHashingErrors.overloaded,
]
