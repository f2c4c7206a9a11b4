import type Provider from 'oidc-provider'
import type { AuthorizationDetail, Grant, Interaction } from 'oidc-provider'
import type { Database } from '../../../platform/db/index.ts'
import { insertAuditEvent } from '../../audit/index.ts'
import type { ClientWithSecrets } from '../clients/model.ts'
import { addConsent } from './consent-store.ts'
import { modelsOf } from './engine-models.ts'
import { finish } from './interaction.ts'
import { currentScope } from './request-scope.ts'

/** What the engine found missing; members of the details of its `consent` prompt. */
export interface AskedConsent {
  readonly scopes: readonly string[]
  readonly claims: readonly string[]
  readonly resources: Readonly<Record<string, readonly string[]>>
  readonly details: readonly AuthorizationDetail[]
}

export function askedIn({ prompt }: Interaction): AskedConsent {
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes, rar } =
    prompt.details as Record<string, unknown>
  return {
    scopes: (missingOIDCScope as string[] | undefined) ?? [],
    claims: (missingOIDCClaims as string[] | undefined) ?? [],
    resources: (missingResourceScopes as Record<string, string[]> | undefined) ?? {},
    details: (rar as AuthorizationDetail[] | undefined) ?? [],
  }
}

/** Writes down that the user allowed what was asked. @returns where the browser goes on */
export async function allow(
  { database, provider }: { readonly database: Database; readonly provider: Provider },
  interaction: Interaction,
  client: ClientWithSecrets,
): Promise<string> {
  const { context, live, grants } = currentScope()
  if (live === undefined) throw new TypeError('consent without a user')
  const asked = askedIn(interaction)
  const { Grant } = modelsOf(provider)
  const found =
    interaction.grantId === undefined ? undefined : await Grant.find<Grant>(interaction.grantId)
  const facts = grants.get(interaction.grantId ?? '')
  const known = facts?.sessionId === live.sessionId ? found : undefined
  const grant =
    known ??
    new Grant({ accountId: live.userId, clientId: String(interaction.params['client_id']) })
  if (asked.scopes.length > 0) grant.addOIDCScope([...asked.scopes])
  if (asked.claims.length > 0) grant.addOIDCClaims([...asked.claims])
  for (const [resource, scopes] of Object.entries(asked.resources)) {
    grant.addResourceScope(resource, [...scopes])
  }
  for (const detail of asked.details) grant.addRar(detail)
  const grantId = await grant.save()
  await database.tenantBatch(context.tenant.id, [
    addConsent(live.userId, client.id, { consent: asked, now: context.clock.now() }),
    insertAuditEvent(context, {
      action: 'oauth.consent_given',
      outcome: 'success',
      actor: { userId: live.userId },
      sessionId: live.sessionId,
      target: { kind: 'client', id: client.id },
      details: { scopes: asked.scopes, resources: Object.keys(asked.resources) },
    }),
  ])
  return finish(interaction, { consent: { grantId } })
}

export async function deny(
  database: Database,
  interaction: Interaction,
  client: ClientWithSecrets,
): Promise<string> {
  const { context, live } = currentScope()
  await database.tenantBatch(context.tenant.id, [
    insertAuditEvent(context, {
      action: 'oauth.consent_denied',
      outcome: 'refused',
      ...(live === undefined ? {} : { actor: { userId: live.userId }, sessionId: live.sessionId }),
      target: { kind: 'client', id: client.id },
    }),
  ])
  const error_description = 'End-User aborted interaction'
  return finish(interaction, { error: 'access_denied', error_description })
}
