import type { IncomingMessage } from 'node:http'
import { type ClientId, parseId } from '../../../../kernel/index.ts'
import { GRANT_TYPES } from '../../clients/profiles.ts'
import { OIDC_SCOPES } from '../scopes.ts'

/** A client that asks by its secret, and by nothing else. */
export type PlainRequest = Credentials & (PlainClientCredentials | PlainRefresh)

interface Credentials {
  readonly clientId: ClientId
  readonly secret: string
}

/** For a token for itself. */
interface PlainClientCredentials {
  readonly grantType: typeof GRANT_TYPES.clientCredentials
  readonly scopes: readonly string[]
}

/** For everything that its refresh token stands for. */
interface PlainRefresh {
  readonly grantType: typeof GRANT_TYPES.refresh
  readonly refreshToken: string
}

/**
 * SECURITY: takes only what has one meaning. Whatever else a request may say (proofs, assertions,
 * resources, details, a second value of anything, an escaped secret) is for the engine to judge.
 */
export function readPlainRequest(
  { headers }: Pick<IncomingMessage, 'headers'>,
  form: URLSearchParams,
): PlainRequest | undefined {
  const asked = readGrant(form)
  const names = [...form.keys()]
  if (asked === undefined || new Set(names).size !== names.length) return undefined
  const own = asked.grantType === GRANT_TYPES.refresh ? 'refresh_token' : 'scope'
  if (names.some((name) => name !== own && !PARAMETERS.has(name))) return undefined
  if (SPECIAL_HEADERS.some((name) => headers[name] !== undefined)) return undefined
  const credentials = readCredentials(headers.authorization, form)
  return credentials === undefined ? undefined : { ...credentials, ...asked }
}

function readGrant(form: URLSearchParams): PlainClientCredentials | PlainRefresh | undefined {
  const grantType = form.get('grant_type')
  if (grantType === GRANT_TYPES.clientCredentials) {
    const scopes = readScopes(form.get('scope'))
    return scopes === undefined ? undefined : { grantType, scopes }
  }
  const refreshToken = form.get('refresh_token')
  if (grantType !== GRANT_TYPES.refresh || refreshToken === null) return undefined
  return { grantType, refreshToken }
}

/** RFC 6749 §2.3.1: by one of the two ways. */
function readCredentials(
  authorization: string | undefined,
  form: URLSearchParams,
): Credentials | undefined {
  const inBody = { id: form.get('client_id'), secret: form.get('client_secret') }
  const inHeader = authorization === undefined ? undefined : readBasic(authorization)
  const isBoth = authorization !== undefined && (inBody.id !== null || inBody.secret !== null)
  const { id, secret } = inHeader ?? inBody
  if (isBoth || (authorization !== undefined && inHeader === undefined)) return undefined
  const clientId = parseId('cli', id ?? '')
  if (clientId === undefined || secret === null || !UNESCAPED.test(secret)) return undefined
  return { clientId, secret }
}

function readBasic(authorization: string): { id: string; secret: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  const decoded = Buffer.from(encoded, 'base64')
  // RFC 4648 §3: one text has one encoding; what Node.js reads beyond it is refused by the engine.
  if (decoded.toString('base64') !== encoded) return undefined
  const [id, secret, ...more] = decoded.toString('latin1').split(':')
  if (id === undefined || secret === undefined || more.length > 0) return undefined
  return { id, secret }
}

function readScopes(text: string | null): readonly string[] | undefined {
  if (text === null) return []
  const scopes = text.split(' ')
  const isPlain = scopes.every((scope) => SCOPE.test(scope) && !OIDC_SCOPES.has(scope))
  return isPlain ? [...new Set(scopes)] : undefined
}

const PARAMETERS = new Set(['grant_type', 'client_id', 'client_secret'])
/** Of a sender constraint, an attestation, or a browser. */
const SPECIAL_HEADERS = [
  'dpop',
  'client-cert',
  'oauth-client-attestation',
  'oauth-client-attestation-pop',
  'origin',
]
/** Means the same with and without the form encoding of RFC 6749 appendix B. */
const UNESCAPED = /^[\w.~-]{1,256}$/
const SCOPE = /^[\w.:/-]{1,128}$/
