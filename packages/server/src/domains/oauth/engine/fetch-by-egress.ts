import type { Configuration } from 'oidc-provider'
import type { Egress } from '../../../platform/egress/index.ts'

type Fetch = NonNullable<Configuration['fetch']>

/**
 * Requests of the engine to addresses that clients registered, by the only way out of the process.
 * Attack: a `jwks_uri` or logout address that leads into our own network.
 */
export function fetchByEgress(egress: Egress): Fetch {
  return async (input, { method, headers, body } = {}) => {
    const request = new Request(input, {
      ...(method === undefined ? {} : { method }),
      ...(headers === undefined ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    })
    // The engine sends an empty one.
    request.headers.delete('user-agent')
    const options = { ...LIMITS, headers: Object.fromEntries(request.headers) }
    const answer =
      request.method === 'POST'
        ? await egress.post(request.url, { ...options, body: await request.text() })
        : await egress.get(request.url, options)
    return toResponse(answer)
  }
}

function toResponse({ status, headers, body }: Awaited<ReturnType<Egress['get']>>): Response {
  const hasBody = status !== 204 && status !== 304
  const type = headers['content-type']
  const control = headers['cache-control']
  return new Response(hasBody ? new Uint8Array(body) : null, {
    status,
    headers: {
      ...(typeof type === 'string' ? { 'content-type': type } : {}),
      ...(typeof control === 'string' ? { 'cache-control': control } : {}),
    },
  })
}

const LIMITS = { timeoutMs: 2_500, maxBytes: 65_536 } as const
