/** What the pages of the OAuth endpoints are given; each of them has its props there. */
export type { FormOnPage, OAuthPages } from '../../domains/oauth/index.ts'
