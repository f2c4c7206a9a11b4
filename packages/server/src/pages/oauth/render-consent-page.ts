import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { html, type Html } from '../html.ts'
import { fill, lookUp } from '../language/texts.ts'
import { formOf, frameOf, nameOf } from './oauth-frame.ts'
import type { ConsentPageProps } from '../../domains/oauth/index.ts'
import { renderAuthorizationDetails } from './render-authorization-details.ts'
import { scopeInWords } from './scope-in-words.ts'

/** Who asks, for what, and as whom somebody would allow it. */
export function renderConsentPage(props: ConsentPageProps): string {
  const frame = frameOf(props)
  const texts = textsOf(frame).oauth
  const isTransaction = props.authorizationDetails.length > 0
  const title = fill(isTransaction ? texts.consentTransactionTitle : texts.consentTitle, {
    client: nameOf(props.client),
  })
  const allow = isTransaction ? texts.approveButton : texts.allow
  const buttons = html`<div class="buttons">${renderButton({ label: allow, name: 'decision', value: 'allow' })}
${renderButton({ label: texts.deny, kind: 'secondary', name: 'decision', value: 'deny' })}</div>`
  return renderCardPage(frame, {
    title,
    body: html`<h1>${title}</h1>
${isTransaction ? undefined : html`<p class="lead">${fill(texts.consentLead, { tenant: frame.tenant.name })}</p>`}
${renderIdentity(frame, props)}
${renderAuthorizationDetails(frame, props.authorizationDetails)}
${renderGrants(frame, props)}
${renderForm(frame, formOf(props.form, buttons))}
${renderClient(frame, props)}`,
  })
}

function renderIdentity(frame: PageFrame, { user, switchAccountUrl }: ConsentPageProps): Html {
  const texts = textsOf(frame).oauth
  return html`<p class="identity"><span>${fill(texts.signedInAs, { email: user.email })}</span><a href="${switchAccountUrl}">${texts.switchAccount}</a></p>`
}

function renderGrants(frame: PageFrame, props: ConsentPageProps): Html {
  const texts = textsOf(frame).oauth
  const { client, scopes, grantedScopes, claims, resources } = props
  const inWords = (scope: string) => scopeInWords(frame, scope)
  const claimInWords = (claim: string) => lookUp(texts.claimNames, claim) ?? claim
  return html`${renderList(fill(texts.wants, { client: nameOf(client) }), scopes.map(inWords))}
${resources.map(({ resource, scopes: wanted }) => renderList(fill(texts.atResource, { resource }), wanted.map(inWords)))}
${renderList(texts.claims, claims.map(claimInWords))}
${renderList(texts.alreadyGranted, grantedScopes.map(inWords))}`
}

function renderList(title: string, entries: readonly string[]): Html | undefined {
  if (entries.length === 0) return undefined
  return html`<h2 class="section-title">${title}</h2>
<ul class="grants">${entries.map((entry) => html`<li>${entry}</li>`)}</ul>`
}

/** SECURITY: the name is of the client's own making; where the browser goes on to is not. */
function renderClient(frame: PageFrame, props: ConsentPageProps): Html {
  const { client, authorizationDetails } = props
  // What was approved once, such as a payment, can not be taken back like access can.
  const isRevocable = authorizationDetails.length === 0
  const texts = textsOf(frame).oauth
  const links = [
    [client.uri, texts.publisherSite],
    [client.policyUri, texts.privacyPolicy],
    [client.tosUri, texts.terms],
  ].flatMap(([url, label]) => {
    const safe = webAddress(url)
    return safe === undefined
      ? []
      : [html`<a href="${safe}" rel="noopener noreferrer" target="_blank">${label}</a> `]
  })
  return html`<div class="fine-print">
${client.redirectHost === undefined ? undefined : html`<p>${fill(texts.redirects, { host: client.redirectHost })}</p>`}
<p>${texts.unverified}${isRevocable ? html` ${texts.revocable}` : undefined}</p>
${links.length === 0 ? undefined : html`<p>${links}</p>`}
</div>`
}

/** Attack: a registration whose `client_uri` is a `javascript:` address. */
function webAddress(text: string | undefined): string | undefined {
  const url = URL.parse(text ?? '')
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:')
    ? url.href
    : undefined
}
