import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Verifier } from './create-verifier.ts'
import type { Principal } from './principal.ts'
import { checkRequirement } from './requirement.ts'
import type { Requirement } from './requirement.ts'
import { VerifyError } from './verify-error.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /**
     * Makes a hook that lets only callers with a valid token and everything required pass.
     * Use it as `preHandler`, or as `onRequest` to refuse before the body is read.
     */
    requireAuth(
      requirement?: Requirement,
    ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>
  }
  interface FastifyRequest {
    /** The caller. Reading it on a route without `requireAuth` throws. */
    readonly auth: Principal
  }
}

export interface CountersignAuthOptions {
  readonly verifier: Verifier
}

/**
 * Fastify 5 plugin: decorates `app.requireAuth(…)` and `request.auth`.
 *
 * @see RFC 6750 §3, RFC 9457, RFC 9470
 */
export async function countersignAuth(
  app: FastifyInstance,
  { verifier }: CountersignAuthOptions,
): Promise<void> {
  const principals = new WeakMap<object, Principal>()

  // A getter: an unguarded route fails loudly, instead of working with nobody.
  app.decorateRequest('auth', {
    getter(this: FastifyRequest): Principal {
      const principal = principals.get(this)
      if (principal !== undefined) return principal
      throw new Error('`request.auth` needs `requireAuth()` on this route')
    },
  })

  app.decorate('requireAuth', (requirement: Requirement = {}) => {
    // At registration, so that a mistyped requirement stops the start and not a request.
    checkRequirement(requirement)
    return async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const principal = await verifier.verifyRequest(request)
        principal.require(requirement)
        principals.set(request, principal)
        return undefined
      } catch (error) {
        if (error instanceof VerifyError) return sendProblem(reply, error)
        throw error
      }
    }
  })
}

function sendProblem(reply: FastifyReply, error: VerifyError): FastifyReply {
  if (error.wwwAuthenticate !== undefined) reply.header('www-authenticate', error.wwwAuthenticate)
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  const { code, status, title } = error
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ type: `https://countersign.dev/errors/${code}`, title, status, code })
}

// Fastify's own mark for a plugin whose decorations belong to the caller's scope.
Object.assign(countersignAuth, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@countersign/verify',
})
