/** What the commands end with; scripts may rely on these numbers. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Unknown command or option, malformed or missing configuration. */
  usage: 2,
  /** The schema is not the one of this release. */
  behind: 3,
  /** The other side refused our credentials. */
  auth: 4,
  /** The other side could not be reached. */
  unreachable: 5,
  /** It would be dangerous. */
  refused: 64,
} as const
