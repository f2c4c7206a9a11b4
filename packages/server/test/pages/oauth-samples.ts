import { oauthPages } from '../../src/pages/oauth/oauth-pages.ts'
import type { ClientOnPage, OAuthPageFrame } from '../../src/domains/oauth/index.ts'

const CLIENT: ClientOnPage = {
  id: 'cli_01jxw8',
  name: 'Ledger Pro',
  uri: 'https://ledger.example',
  policyUri: 'https://ledger.example/privacy',
  tosUri: 'https://ledger.example/terms',
  redirectHost: 'ledger.example',
}
const form = { action: '/t/acme/interaction/x', hidden: { csrf_token: 'x' } }
const user = { email: 'ana@acme.test', displayName: 'Ana' }
const payment = {
  type: 'payment_initiation',
  instructedAmount: { currency: 'EUR', amount: '12345.67' },
  creditorName: 'Nordlicht Energie GmbH',
  creditorAccount: { iban: 'DE02 1203 0000 0000 2020 51' },
  remittanceInformationUnstructured: 'Invoice 2026-0417',
}

/** One of each page of the OAuth endpoints, with everything that it can show. */
export function oauthSamples(
  locale: string,
  slug: string,
  names = { client: 'Ledger Pro', tenant: 'Acme Bank' },
): Readonly<Record<string, string>> {
  const client = { ...CLIENT, name: names.client }
  const frame: OAuthPageFrame = {
    tenant: { slug, name: names.tenant, prefix: `/t/${slug}` },
    locales: [locale],
  }
  const consent = {
    ...frame,
    client,
    user,
    form,
    scopes: ['openid', 'profile', 'email', 'ledger.read'],
    grantedScopes: ['offline_access'],
    claims: ['birthdate'],
    resources: [{ resource: 'https://api.acme.test', scopes: ['orders.read'] }],
    authorizationDetails: [],
    switchAccountUrl: `/t/${slug}/sign-in`,
  }
  const device = {
    ip: '203.0.113.7',
    place: 'Bern, Switzerland',
    userAgent: 'AcmeTV/3.1 (Living room)',
    askedAt: undefined,
  }
  return {
    consent: oauthPages.consent(consent),
    payment: oauthPages.consent({
      ...consent,
      scopes: [],
      grantedScopes: [],
      claims: [],
      resources: [],
      authorizationDetails: [payment],
    }),
    'device-code': oauthPages.deviceCode({ ...frame, form, userCode: undefined, error: undefined }),
    'device-code-wrong': oauthPages.deviceCode({
      ...frame,
      form,
      userCode: 'WDJB-MJHT',
      error: 'not_found',
    }),
    'device-confirm': oauthPages.deviceConfirm({
      ...frame,
      client,
      form,
      userCode: 'WDJB-MJHT',
      device,
    }),
    'device-done': oauthPages.deviceDone({ ...frame, client }),
    logout: oauthPages.logout({ ...frame, client, form }),
    'logged-out': oauthPages.loggedOut({ ...frame, client, signInUrl: `/t/${slug}/sign-in` }),
    'oauth-error': oauthPages.error({
      ...frame,
      requestId: 'req_01jxw8',
      title: 'invalid_request',
      detail: 'redirect_uri did not match any of the registered ones',
    }),
    continue: oauthPages.continueTo({ ...frame, url: '#stay' }),
  }
}
