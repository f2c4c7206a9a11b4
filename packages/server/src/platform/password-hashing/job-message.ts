import type { Argon2Cost } from './stored-hash.ts'

export type Job =
  | { readonly kind: 'hash'; readonly cost: Argon2Cost }
  | { readonly kind: 'verify'; readonly phc: string }

/** Parent to child. */
export interface JobRequest {
  readonly job: Job
  /** The password as it goes into Argon2. Overwritten after use. */
  readonly input: Uint8Array
}

/** Child to parent. */
export type JobReply =
  | { readonly phc: string }
  | { readonly matches: boolean }
  | { readonly failed: true }
