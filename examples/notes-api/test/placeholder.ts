import { createServer } from 'node:http'
import { once } from 'node:events'
import { createTestIssuer } from '@countersign/verify/testing'
export interface IdentityServer {
  readonly url: string
  signIn(email: string): Promise<string>
  stop(): Promise<void>
}
export async function startIdentityServer(): Promise<IdentityServer> {
  const issuers = new Map<string, ReturnType<typeof createTestIssuer>>()
  const server = createServer((q, r) => {
    const slug = q.url?.split('/')[2] ?? ''
    r.setHeader('content-type', 'application/json')
    r.end(JSON.stringify(issuers.get(slug)?.jwks))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as { port: number }).port}`
  for (const slug of ['acme', 'globex'])
    issuers.set(slug, createTestIssuer({ issuer: `${url}/t/${slug}`, audience: 'notes-api' }))
  return {
    url,
    signIn: async (email) => {
      const [n = '', d = ''] = email.split(/[@.]/)
      return issuers.get(d)?.sign({ sub: `usr_${n}`, tenant: `ten_${d}` }) ?? ''
    },
    stop: async () => {
      server.close()
    },
  }
}
