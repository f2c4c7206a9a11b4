import Provider, { type KoaContextWithOIDC } from 'oidc-provider'
import { PAGE_CONTENT_SECURITY_POLICY } from '../../../platform/http/index.ts'
import type { OAuthPages } from '../ports.ts'
import { clientOnPage, frameOf, sendPage } from './render-engine-pages.ts'

type ResponseMode = Parameters<Provider['registerResponseMode']>[1]

/**
 * The engine with our page for `form_post`. Its own submits itself by a script inside the page,
 * which our policy forbids.
 */
export function tenantProviderOf(pages: OAuthPages): typeof Provider {
  return class TenantProvider extends Provider {
    // The constructor of the engine calls this for each of its own modes.
    override registerResponseMode(name: string, handler: ResponseMode): void {
      super.registerResponseMode(name, chooseMode(pages, name, handler))
    }
  }
}

function chooseMode(pages: OAuthPages, name: string, handler: ResponseMode): ResponseMode {
  if (name === 'form_post') {
    return (ctx, redirectUri, payload) => renderFormPost(pages, ctx, { redirectUri, payload })
  }
  if (name !== 'form_post.jwt') return handler
  return async function formPostJwt(this: unknown, ctx, redirectUri, payload) {
    const { IdToken } = ctx.oidc.provider as unknown as { IdToken: SignedResponse }
    const token = new IdToken({}, { ctx })
    token.extra = payload
    const response = await token.issue({ use: 'authorization' })
    renderFormPost(pages, ctx, { redirectUri, payload: { response } })
  }
}

/** The page may post to that client, and to nobody else. */
function renderFormPost(
  pages: OAuthPages,
  ctx: KoaContextWithOIDC,
  { redirectUri, payload }: { readonly redirectUri: string; readonly payload: object },
): void {
  const fields = Object.entries(payload).filter(([, value]) => value !== undefined)
  const hidden = Object.fromEntries(fields.map(([name, value]) => [name, String(value)]))
  const client = clientOnPage(ctx)
  ctx.status = 200
  sendPage(ctx, pages.postTo({ ...frameOf(ctx), client, form: { action: redirectUri, hidden } }))
  ctx.set('Content-Security-Policy', policyFor(redirectUri))
  // The client is told by `Origin` who posts; the address of the page stays here.
  ctx.set('Referrer-Policy', 'strict-origin')
}

function policyFor(redirectUri: string): string {
  const url = new URL(redirectUri)
  const target = url.origin === 'null' ? url.protocol : url.origin
  return PAGE_CONTENT_SECURITY_POLICY.replace("form-action 'self'", `form-action ${target}`)
}

type SignedResponse = new (
  claims: object,
  options: object,
) => { extra: object; issue(options: object): Promise<string> }
