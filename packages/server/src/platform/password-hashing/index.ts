export { errors as passwordHashingErrors } from './errors.ts'
export {
  type ImportedPasswordHash,
  type ImportVerdict,
  parseImportedHash,
} from './parse-imported-hash.ts'
export {
  createPasswordHasher,
  type PasswordHasher,
  type PasswordHasherOptions,
  type PasswordVerification,
} from './password-hasher.ts'
export { isUsablePasswordHash } from './stored-hash.ts'
export type { WorkerPoolStats } from './worker-pool.ts'
