import { domainToASCII } from 'node:url'

declare const emailAddress: unique symbol

/** One mailbox in its canonical form, made by `parseEmailAddress` only. */
export type EmailAddress = string & { readonly [emailAddress]: true }

/**
 * Parses a single address of the form `local@domain` and normalises it for uniqueness: the whole
 * address in lower case, the domain in its ASCII (punycode) form. RFC 5321 allows local parts that
 * differ in case only; no provider of note tells them apart, and accounts that differ in case only
 * are a way to impersonate. Not accepted: quoted local parts, comments, display names, domain
 * literals, domains without a dot, local parts outside ASCII, surrounding spaces.
 * @returns undefined unless `text` is exactly one such address of at most 254 characters
 * @see RFC 5321 §4.1.2, §4.5.3.1
 */
export function parseEmailAddress(text: string): EmailAddress | undefined {
  if (text.length > MAX_ADDRESS_CHARACTERS) return undefined
  const at = text.lastIndexOf('@')
  const local = text.slice(0, Math.max(at, 0)).toLowerCase()
  if (local.length > MAX_LOCAL_CHARACTERS || !DOT_ATOM.test(local)) return undefined
  const domain = parseDomain(text.slice(at + 1))
  if (domain === undefined) return undefined
  const address = `${local}@${domain}`
  return address.length > MAX_ADDRESS_CHARACTERS ? undefined : (address as EmailAddress)
}

function parseDomain(text: string): string | undefined {
  // `domainToASCII` decodes percent signs and drops tabs and line breaks, as URLs do.
  if (!DOMAIN_INPUT.test(text)) return undefined
  const ascii = domainToASCII(text).toLowerCase()
  return DOMAIN.test(ascii) ? ascii : undefined
}

const MAX_ADDRESS_CHARACTERS = 254
const MAX_LOCAL_CHARACTERS = 64

/** RFC 5322 §3.2.3 dot-atom-text, lower case. */
const DOT_ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
/** Letters, digits, dots, hyphens; marks only after a letter of another script. */
const DOMAIN_INPUT = /^[\p{L}\p{M}\p{N}.-]+$/u
/** RFC 1035 labels, at least two; the last one starts with a letter, so that no IPv4 passes. */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$/
