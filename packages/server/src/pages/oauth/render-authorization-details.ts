import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import { lookUp, type Texts } from '../language/texts.ts'
import type { AuthorizationDetailOnPage } from '../../domains/oauth/index.ts'

/**
 * What is approved, in full: the amount large, then whom to, then every other member. Nothing of it
 * is left out, whoever made the type up, since all of it ends up in the token.
 * @see RFC 9396 §12, PSD2 RTS art. 5
 */
export function renderAuthorizationDetails(
  frame: PageFrame,
  details: readonly AuthorizationDetailOnPage[],
): Html {
  return html`${details.map((detail) => renderDetail(frame, detail))}`
}

function renderDetail(frame: PageFrame, { type, ...members }: AuthorizationDetailOnPage): Html {
  const texts = textsOf(frame).oauth.details
  const amountMember = AMOUNTS.find((name) => readAmount(members[name]) !== undefined)
  const amount = amountMember === undefined ? undefined : readAmount(members[amountMember])
  const rest = Object.entries(members).filter(([name]) => name !== amountMember)
  const facts = rest.flatMap(([name, value]) => toFacts(texts, name, value))
  return html`<section class="transaction"><h2>${lookUp(texts, type) ?? type}</h2>
${amount === undefined ? undefined : html`<p class="amount">${formatAmount(frame, amount)}</p>`}
${facts.length === 0 ? undefined : html`<dl class="facts">${facts}</dl>`}</section>`
}

interface Amount {
  readonly value: string
  readonly currency: string
}

function readAmount(member: unknown): Amount | undefined {
  if (typeof member !== 'object' || member === null) return undefined
  const { amount, value, currency } = member as Record<string, unknown>
  const number = amount ?? value
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return undefined
  if (typeof number !== 'string' && typeof number !== 'number') return undefined
  return DECIMAL.test(String(number)) ? { value: String(number), currency } : undefined
}

/** Exactly as asked for: nothing is rounded away. */
function formatAmount({ language }: PageFrame, { value, currency }: Amount): string {
  const format = new Intl.NumberFormat(language.tag, {
    style: 'currency',
    currency,
    maximumFractionDigits: 20,
  })
  return format.format(value as Intl.StringNumericLiteral)
}

type DetailTexts = Texts['oauth']['details']

function toFacts(texts: DetailTexts, name: string, value: unknown): Html[] {
  const label = labelOf(texts, name)
  return [html`<div><dt>${label}</dt><dd>${toText(value)}</dd></div>`]
}

function labelOf(texts: DetailTexts, name: string): string {
  const known = LABELS.find(([names]) => names.includes(name))
  return known === undefined ? name : texts[known[1]]
}

function toText(value: unknown): string {
  if (typeof value === 'string') return IBAN.test(value) ? inGroups(value) : value
  if (Array.isArray(value)) return value.map((member) => toText(member)).join(', ')
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
    const [only] = members
    if (members.length === 1 && only !== undefined) return toText(only[1])
    return members.map(([name, member]) => `${name}: ${toText(member)}`).join(', ')
  }
  return String(value)
}

/** ISO 13616-1 §5: on paper an account number stands in groups of four. */
function inGroups(iban: string): string {
  return iban.replaceAll(/.{4}(?=.)/g, '$& ')
}

const AMOUNTS = ['instructedAmount', 'instructed_amount', 'transactionAmount', 'amount'] as const

/** Names of members in use for payments, among others those of the Berlin Group. */
const LABELS: readonly (readonly [readonly string[], keyof DetailTexts])[] = [
  [['creditorName', 'creditor_name', 'payee', 'beneficiary'], 'payee'],
  [['creditorAccount', 'creditor_account', 'payee_account', 'iban'], 'account'],
  [['debtorAccount', 'debtor_account'], 'debtor'],
  [['remittanceInformationUnstructured', 'remittance_information', 'reference'], 'reference'],
]
const IBAN = /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/
const DECIMAL = /^-?[0-9]{1,20}(?:\.[0-9]{1,10})?$/
