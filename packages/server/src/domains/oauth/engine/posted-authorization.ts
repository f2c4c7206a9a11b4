import { readParameters } from '../read-form.ts'
import { ROUTES } from './engine-paths.ts'
import type { ProtocolRequest } from './open-scope.ts'

export function isPostedAuthorization({ raw, path }: ProtocolRequest): boolean {
  return raw.method === 'POST' && path.split('?')[0] === ROUTES.authorization
}

/**
 * Clients may send an authorization request as a form. Coming from their site it has no cookie of ours
 * (`SameSite=Lax`), so nobody would seem to be signed in; the same request by GET has them. What the
 * form says twice is still there twice, and refused by the engine.
 *
 * SECURITY: nothing is decided by the form itself, so a forged one can do what a link could.
 * @throws payload_too_large, unsupported_media_type
 * @see OIDC Core §3.1.2.1, RFC 9700 §4.12
 */
export async function redirectToGet({ context, raw, response }: ProtocolRequest): Promise<void> {
  const parameters = await readParameters(raw, MAX_BYTES)
  const path = `/t/${context.tenant.slug}${ROUTES.authorization}`
  response.writeHead(303, { Location: `${path}?${parameters.toString()}`, 'Content-Length': '0' })
  response.end()
}

/** Browser and server take 16 KiB of headers. Whoever has more to say pushes it: RFC 9126. */
const MAX_BYTES = 8192
