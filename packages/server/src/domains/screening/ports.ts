/** An entry of a sanctions list with a name like the one that was asked for. */
export interface ScreeningMatch {
  readonly entryId: string
}

/** Whoever knows sanctions lists. What it can't tell it throws, and the change is refused. */
export interface ScreeningPort {
  find(name: string): Promise<readonly ScreeningMatch[]>
  /** Another text where the list, or the way of comparing, has changed. */
  readonly digest: string
}
