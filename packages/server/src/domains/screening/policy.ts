/**
 * Characters of a listed token from which one slip is forgiven. In shorter ones a letter makes another
 * name: Lee, Lea and Leo, Omar and Amar.
 */
export const SHORTEST_FUZZY_TOKEN = 5

/** Bytes of a list: those of the UN, the EU and OFAC together, in this form, are below 10 MB. */
export const LARGEST_LIST_BYTES = 32 * 1024 * 1024

/** The same lists have about 30 000 entries. Memory and the time of a look-up grow with it. */
export const MOST_ENTRIES = 100_000

/** OFAC has entries with more than 50 spellings. */
export const MOST_ALIASES = 200

export const LONGEST_LISTED_NAME = 300

export const LONGEST_ENTRY_ID = 100

/** Users of one page when a tenant is screened again; each page is a transaction at most. */
export const USERS_OF_A_PAGE = 200

/** Raised when names are compared in another way, so that known users are compared again. */
export const MATCHING_VERSION = 2
