import { lookup as systemLookup } from 'node:dns/promises'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, isIPv6, type LookupFunction } from 'node:net'
import { EgressError } from './egress-error.ts'
import { isLoopbackAddress, isPublicAddress } from './public-address.ts'

export interface EgressRequest {
  /** For all of it: name, connection, answer. */
  readonly timeoutMs: number
  /** Of the body. */
  readonly maxBytes: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface EgressAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
}

/** The only way out of the process for HTTP. */
export interface Egress {
  /** @throws EgressError if there is no whole answer; a status of 400 and above is an answer */
  get(url: string, request: EgressRequest): Promise<EgressAnswer>
  /** @throws EgressError as `get`; after one it is unknown whether the request had its effect */
  post(url: string, request: EgressRequest & { readonly body: string }): Promise<EgressAnswer>
}

export interface EgressOptions {
  /** All addresses of a host. Default: the resolver of the system. */
  readonly resolve?: (host: string) => Promise<readonly string[]>
  /**
   * Lets requests go to private addresses, and without TLS to this machine. Only where the operator
   * chose the URL.
   */
  readonly allowPrivate?: boolean
}

/**
 * SECURITY: server-side request forgery. A name is resolved once, every address is judged, and the
 * connection goes to an address that was judged.
 * Attack: a name that is public when it is checked and private when it is used. A redirect would
 * lead past the check, so none is followed.
 */
export function createEgress(options: EgressOptions = {}): Egress {
  const { resolve = resolveBySystem, allowPrivate = false } = options
  const exchange = async (
    text: string,
    request: EgressRequest & { readonly body?: string },
  ): Promise<EgressAnswer> => {
    const url = parseTarget(text, allowPrivate)
    const signal = AbortSignal.timeout(request.timeoutMs)
    try {
      const addresses = await addressesOf(url, resolve, signal)
      if (!addresses.every((address) => isAllowed(url, address, allowPrivate))) {
        throw new EgressError('address_refused', url.hostname)
      }
      const response = await send(url, addresses, { ...request, signal })
      return await readAnswer(url, response, request.maxBytes)
    } catch (error) {
      if (error instanceof EgressError) throw error
      throw new EgressError(signal.aborted ? 'timeout' : 'unreachable', url.hostname, error)
    }
  }
  return { get: exchange, post: exchange }
}

function parseTarget(text: string, allowPrivate: boolean): URL {
  const url = URL.parse(text)
  const isKnown = url?.protocol === 'https:' || (allowPrivate && url?.protocol === 'http:')
  if (url === null || !isKnown || url.username !== '' || url.password !== '') {
    throw new EgressError('url_refused', url?.hostname ?? '')
  }
  return url
}

async function addressesOf(
  { hostname }: URL,
  resolve: (host: string) => Promise<readonly string[]>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  // The parser has brought numeric hosts such as `0x7f.1` to their usual form.
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return [host]
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
  })
  const addresses = await Promise.race([resolve(host), aborted])
  if (addresses.length === 0) throw new EgressError('unreachable', hostname)
  return addresses
}

function isAllowed(url: URL, address: string, allowPrivate: boolean): boolean {
  if (url.protocol === 'http:') return isLoopbackAddress(address)
  return allowPrivate || isPublicAddress(address)
}

function send(
  url: URL,
  addresses: readonly string[],
  { headers, body, signal }: EgressRequest & { body?: string; signal: AbortSignal },
): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    request(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'user-agent': 'countersign', 'accept-encoding': 'identity', ...headers },
      lookup: pinnedTo(addresses),
      // A shared agent could reuse a connection to an address that was judged another time.
      agent: false,
      signal,
    })
      .once('response', resolve)
      .once('error', reject)
      .end(body)
  })
}

function pinnedTo(addresses: readonly string[]): LookupFunction {
  const entries = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }))
  const [first = { address: '', family: 4 }] = entries
  return (_host, { all }, callback) => {
    if (all === true) callback(null, entries)
    else callback(null, first.address, first.family)
  }
}

async function readAnswer(
  url: URL,
  response: IncomingMessage,
  maxBytes: number,
): Promise<EgressAnswer> {
  const status = response.statusCode ?? 0
  const chunks: Buffer[] = []
  let length = 0
  try {
    if (status >= 300 && status < 400) throw new EgressError('redirect_refused', url.hostname)
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw new EgressError('too_large', url.hostname)
      chunks.push(chunk)
    }
    return { status, headers: response.headers, body: Buffer.concat(chunks) }
  } finally {
    response.destroy()
  }
}

async function resolveBySystem(host: string): Promise<readonly string[]> {
  const entries = await systemLookup(host, { all: true })
  return entries.map(({ address }) => address)
}
