import type { ServerResponse } from 'node:http'
import { AppError } from '../../../../kernel/index.ts'
import { GRANT_TYPES } from '../../clients/profiles.ts'
import type { EngineServices } from '../engine-services.ts'
import { ROUTES } from '../engine-paths.ts'
import type { ProtocolRequest } from '../open-scope.ts'
import { answerClientCredentials } from './answer-client-credentials.ts'
import { peekForm } from './peek-form.ts'
import type { PlainAnswer } from './plain-tokens.ts'
import { type PlainRequest, readPlainRequest } from './read-plain-request.ts'
import { answerRefresh } from './answer-refresh.ts'

/**
 * Answers the two requests that come in thousands: a service that asks for a signed token for
 * itself, and a confidential client that refreshes. They pass the same gate and leave the same
 * record as by the engine; what the engine would add is its framework, which costs most of such a
 * request.
 *
 * SECURITY: it says yes, and no only where the gate does. Whatever is not plain, not known or not
 * right goes to the engine, which refuses. `plain-requests.test.ts` and `plain-refresh.test.ts` show that both answer
 * the same.
 * @returns false if the engine has to answer
 */
export async function answerPlainRequest(
  services: EngineServices,
  request: ProtocolRequest,
): Promise<boolean> {
  const { raw, response, path } = request
  if (raw.method !== 'POST' || path !== ROUTES.token) return false
  const form = await peekForm(raw)
  const asked = form === undefined ? undefined : readPlainRequest(raw, form)
  if (asked === undefined) return false
  const answer = await issue(services, request, asked)
  if (answer === undefined) return false
  raw.resume()
  send(response, answer)
  return true
}

/** A database that is away, a key that does not open: the engine meets it, too, and says it. */
async function issue(
  services: EngineServices,
  request: ProtocolRequest,
  asked: PlainRequest,
): Promise<PlainAnswer | undefined> {
  try {
    return asked.grantType === GRANT_TYPES.refresh
      ? await answerRefresh(services, request, asked)
      : await answerClientCredentials(services, request.context, asked)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

function send(response: ServerResponse, { status, body }: PlainAnswer): void {
  const text = JSON.stringify(body)
  response.statusCode = status
  response.setHeader('Vary', 'Origin')
  response.setHeader('Access-Control-Allow-Origin', '*')
  response.setHeader('Access-Control-Expose-Headers', 'DPoP-Nonce,WWW-Authenticate')
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}
