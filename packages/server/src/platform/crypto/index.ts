export { hkdf, hmacSha256, oneStepKdf, randomToken, sha256 } from './primitives.ts'
export { createSealer, type Sealer, type SealerOptions } from './sealer.ts'
export { sealWithKey, unsealWithKey } from './seal-with-key.ts'
export { type SealPurpose, UnsealError } from './seal-purpose.ts'
