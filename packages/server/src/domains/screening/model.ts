import type { Id, UserId } from '../../kernel/index.ts'

export type HitId = Id<'hit'>

export type HitStatus = 'open' | 'cleared' | 'confirmed'

/** The name of a user resembles one of the list; somebody decides whether it is the same person. */
export interface ScreeningHit {
  readonly id: HitId
  readonly userId: UserId
  /** As the list names it. */
  readonly entryId: string
  readonly status: HitStatus
  readonly foundAt: Date
  readonly decision:
    | { readonly reason: string; readonly by: UserId | undefined; readonly at: Date }
    | undefined
}

/** Whom a list names. */
export interface ListEntry {
  readonly id: string
  readonly name: string
  readonly aliases: readonly string[]
}
