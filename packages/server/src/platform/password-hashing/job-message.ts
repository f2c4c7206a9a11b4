import type { Argon2Cost } from './stored-hash.ts'
import type { ComputedHere } from './verify-foreign-hash.ts'

export type Job =
  | { readonly kind: 'hash'; readonly cost: Argon2Cost }
  | { readonly kind: 'verify'; readonly phc: string }
  | { readonly kind: 'verify_foreign'; readonly hash: ComputedHere }

/** Parent to child. */
export interface JobRequest {
  readonly job: Job
  /** The password as it goes into the hash. Overwritten after use. */
  readonly input: Uint8Array
}

/** Child to parent. */
export type JobReply =
  | { readonly phc: string }
  | { readonly matches: boolean }
  | { readonly failed: true }
