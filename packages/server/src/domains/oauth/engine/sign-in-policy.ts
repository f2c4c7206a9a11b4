import { interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider'
import { ACR, hasAssurance, type Acr } from '../../../kernel/index.ts'
import type { Database } from '../../../platform/db/index.ts'
import { type GateServices, judgeSubject } from './gate.ts'
import { currentScope } from './request-scope.ts'
import { clientOf } from './resource-servers.ts'

const { base, Check, Prompt } = interactionPolicy

/** Members of the details of the `login` prompt that are ours. */
export interface LoginDetails {
  /** The weakest class that is enough. */
  readonly acr?: Acr | undefined
  readonly refusal?: string | undefined
}

/**
 * When a person has to do something. Signing in and stepping up happen on our own pages; these
 * checks say whether the session of this browser is enough.
 */
export function signInPolicy(services: GateServices & { readonly database: Database }) {
  const policy = base()
  const login = policy.get('login')
  login?.checks.remove('essential_acrs')
  login?.checks.remove('essential_acr')
  login?.checks.add(
    new Check(
      'assurance',
      'stronger authentication is required',
      async (ctx) => {
        const { refusal } = await judge(services, ctx)
        return refusal !== undefined
      },
      async (ctx) => ({ ...(await judge(services, ctx)) }),
    ),
  )
  const consent = policy.get('consent')
  consent?.checks.remove('native_client_prompt')
  consent?.checks.add(
    // RFC 8252 §8.6: another application may pretend to be this one.
    new Check('impersonation', 'native clients require End-User interaction', (ctx) => {
      const { isFirstParty } = clientOf(ctx.oidc.client?.clientId)
      const isNative = ctx.oidc.client?.applicationType === 'native'
      return isNative && !isFirstParty && ctx.oidc.result?.consent === undefined
    }),
  )
  policy.add(new Prompt({ name: 'create', requestable: true }), 0)
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 1)
  return policy
}

async function judge(
  services: GateServices & { readonly database: Database },
  ctx: KoaContextWithOIDC,
): Promise<LoginDetails> {
  const { live, context } = currentScope()
  if (live === undefined) return {}
  const acr = demandedAcr(ctx)
  if (acr !== undefined && !hasAssurance(live, { acr }, context.clock.now())) {
    return { acr, refusal: 'acr_too_weak' }
  }
  const { id, metadata } = clientOf(ctx.oidc.client?.clientId)
  const refusal = await services.database.withTenant(context.tenant.id, (tx) =>
    judgeSubject(services, tx, context, { clientId: id, subject: live }),
  )
  if (refusal === undefined) return {}
  return {
    refusal,
    acr: metadata.required_acr ?? (refusal === 'mfa_required' ? ACR.mfa : undefined),
  }
}

/** The weakest class of those asked for that we know; classes that we do not know ask nothing. */
function demandedAcr(ctx: KoaContextWithOIDC): Acr | undefined {
  const asked = ctx.oidc.claims.id_token?.['acr']
  const values = [...(asked?.values ?? []), ...(asked?.value === undefined ? [] : [asked.value])]
  return WEAKEST_FIRST.find((acr) => values.includes(acr))
}

const WEAKEST_FIRST: readonly Acr[] = [ACR.password, ACR.mfa, ACR.passkey]
