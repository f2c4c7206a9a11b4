import { parse } from 'cookie'
import type { ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Interaction } from 'oidc-provider'
import { constantTimeEqual } from '../../kernel/index.ts'
import { PAGE_CONTENT_SECURITY_POLICY, type ProtocolExchange } from '../../platform/http/index.ts'
import { clientIdOf } from './clients/client-document.ts'
import type { ClientWithSecrets } from './clients/model.ts'
import { allow, askedIn, deny } from './engine/consent.ts'
import type { EngineServices } from './engine/engine-services.ts'
import { pageFrame } from './engine/render-engine-pages.ts'
import { openScope } from './engine/open-scope.ts'
import { findInteraction, nextStep } from './engine/interaction.ts'
import type { ProviderRegistry } from './engine/provider-registry.ts'
import { currentScope, runInScope } from './engine/request-scope.ts'
import { readForm } from './read-form.ts'
import type { ConsentPageProps, OAuthPageFrame } from './ports.ts'

interface Visit {
  readonly services: EngineServices
  readonly provider: Provider
  readonly exchange: ProtocolExchange
}

/**
 * `{prefix}/interaction/{uid}`: where the engine sends a browser when a person has to act. It sends
 * them on to our sign-in pages, asks for consent, and returns them to the engine.
 */
export async function handleInteraction(
  services: EngineServices,
  registry: ProviderRegistry,
  exchange: ProtocolExchange,
): Promise<void> {
  const scope = await openScope(services, exchange)
  const provider = await registry.get(exchange.context.tenant)
  await runInScope(scope, async () => {
    const visit = { services, provider, exchange }
    const uid = /^\/interaction\/([\w-]{1,100})(?:\?|$)/.exec(exchange.path)?.[1] ?? ''
    const cookies = parse(exchange.raw.headers.cookie ?? '')
    const cookie = cookies[provider.cookieName('interaction')]
    const interaction = await findInteraction(provider, cookie, uid)
    if (interaction === undefined) return refuse(visit, 'this request has expired; start again')
    if (exchange.raw.method === 'POST') return decide(visit, interaction)
    return show(visit, interaction)
  })
}

async function show(visit: Visit, interaction: Interaction): Promise<void> {
  const step = await nextStep(interaction)
  if (step.kind !== 'consent') return redirect(visit.exchange.response, step.url)
  const client = await findClient(visit, interaction)
  if (client === undefined) return refuse(visit, 'the client is gone')
  const page = visit.services.pages.consent(consentProps(visit, interaction, client))
  return sendHtml(visit.exchange.response, 200, page)
}

/** SECURITY: clickjacking is stopped by our headers, forged posts by origin and token. */
async function decide(visit: Visit, interaction: Interaction): Promise<void> {
  const { services, provider, exchange } = visit
  const form = await readForm(exchange.raw)
  const { live, sessionCookie } = currentScope()
  const token = services.csrfTokenOf(sessionCookie ?? '')
  if (live === undefined || !constantTimeEqual(form['csrf_token'] ?? '', token)) {
    return refuse(visit, 'the form is no longer valid; start again')
  }
  const client = await findClient(visit, interaction)
  if (client === undefined || interaction.prompt.name !== 'consent') {
    return refuse(visit, 'there is nothing to decide')
  }
  const url =
    form['decision'] === 'allow'
      ? await allow({ database: services.database, provider }, interaction, client)
      : await deny(services.database, interaction, client)
  const page = services.pages.continueTo({ ...frame(interaction), url })
  return sendHtml(exchange.response, 200, page)
}

async function findClient(
  { services }: Visit,
  { params }: Interaction,
): Promise<ClientWithSecrets | undefined> {
  const { context } = currentScope()
  const id = clientIdOf(context.tenant.id, String(params['client_id']))
  return id === undefined ? undefined : services.clients.findActive(context, id)
}

function consentProps(
  visit: Visit,
  interaction: Interaction,
  client: ClientWithSecrets,
): ConsentPageProps {
  const { live, sessionCookie } = currentScope()
  const asked = askedIn(interaction)
  const { metadata } = client
  const redirectUri = interaction.params['redirect_uri']
  const base = frame(interaction)
  const returnTo = encodeURIComponent(`${base.tenant.prefix}/interaction/${interaction.uid}`)
  return {
    ...base,
    client: {
      id: client.id,
      name: client.name,
      uri: metadata.client_uri,
      policyUri: metadata.policy_uri,
      tosUri: metadata.tos_uri,
      redirectHost: typeof redirectUri === 'string' ? URL.parse(redirectUri)?.host : undefined,
    },
    user: { email: live?.email ?? '', displayName: live?.displayName },
    form: {
      action: `${base.tenant.prefix}/interaction/${interaction.uid}`,
      hidden: { csrf_token: visit.services.csrfTokenOf(sessionCookie ?? '') },
    },
    scopes: asked.scopes,
    grantedScopes: [],
    claims: asked.claims,
    resources: Object.entries(asked.resources).map(([resource, scopes]) => ({ resource, scopes })),
    authorizationDetails: asked.details,
    switchAccountUrl: `${base.tenant.prefix}/sign-in?return_to=${returnTo}&reason=reauthenticate`,
  }
}

function frame(interaction?: Interaction): OAuthPageFrame {
  return pageFrame(interaction?.params['ui_locales'])
}

function refuse(visit: Visit, detail: string): void {
  const { exchange, services } = visit
  const { requestId } = exchange.context
  const page = services.pages.error({
    ...frame(),
    requestId,
    title: 'invalid_request',
    detail,
  })
  sendHtml(exchange.response, 400, page)
}

function redirect(response: ServerResponse, url: string): void {
  response.writeHead(303, { Location: url, 'Content-Length': '0' })
  response.end()
}

function sendHtml(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': PAGE_CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'same-origin',
  })
  response.end(page)
}
