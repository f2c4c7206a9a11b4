import { readParameters } from '../read-form.ts'
import { ROUTES } from './engine-paths.ts'
import type { ProtocolRequest } from './open-scope.ts'

/** OIDC Core §3.1.2.1, RP-Initiated Logout §2: both endpoints take a form, too. */
export function isPostedForm({ raw, path }: ProtocolRequest): boolean {
  return raw.method === 'POST' && LINKED.has(pathnameOf(path))
}

/**
 * A form from a page of the client has no cookie of ours (`SameSite=Lax`), so nobody would seem to be
 * signed in; to the link with the same parameters the browser adds them. What the form says twice is
 * still there twice, and refused by the engine.
 *
 * SECURITY: nothing is decided by the form itself, so a forged one can do what a link could.
 * @throws payload_too_large, unsupported_media_type
 * @see RFC 9700 §4.12
 */
export async function answerAsLink({ context, raw, response, path }: ProtocolRequest) {
  const parameters = await readParameters(raw, MAX_BYTES)
  const target = `/t/${context.tenant.slug}${pathnameOf(path)}`
  response.writeHead(303, { Location: `${target}?${parameters.toString()}`, 'Content-Length': '0' })
  response.end()
}

function pathnameOf(path: string): string {
  return path.split('?')[0] ?? ''
}

const LINKED = new Set<string>([ROUTES.authorization, ROUTES.end_session])
/** Browser and server take 16 KiB of headers. Whoever has more to say pushes it: RFC 9126. */
const MAX_BYTES = 8192
