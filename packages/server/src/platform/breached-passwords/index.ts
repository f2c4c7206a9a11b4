export type { BreachedPasswords } from './breached-passwords.ts'
export { HashFileError, openHashFile } from './hash-file.ts'
export { createRangeService, type RangeServiceOptions } from './range-service.ts'
