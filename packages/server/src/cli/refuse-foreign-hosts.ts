import type { FastifyInstance } from 'fastify'
import { httpErrors } from '../platform/http/index.ts'

/**
 * SECURITY: DNS rebinding. A page on the internet gives its own name the address 127.0.0.1 and
 * then reads the development mailbox, reset links included. Its requests carry its name as `Host`.
 */
export function refuseForeignHosts(http: FastifyInstance): void {
  http.addHook('onRequest', async (request) => {
    if (!LOCAL_NAMES.has(request.hostname.toLowerCase())) throw httpErrors.not_found()
  })
}

/** Names that nobody else can make point to this machine. */
const LOCAL_NAMES = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])
