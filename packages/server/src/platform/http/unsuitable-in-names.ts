/** Attack: bidirectional overrides make a name look like something else in lists and mail. */
export const UNSUITABLE_IN_NAMES = /[\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u
