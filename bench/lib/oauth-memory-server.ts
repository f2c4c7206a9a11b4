import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

/** oidc-provider as it comes, in memory: one static client, no audit trail, no tenants. */
const port = Number(process.env['BENCH_PORT'])
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const RESOURCE = 'https://api.example.test'
const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] } as never,
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_post',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      getResourceServerInfo: () => ({
        scope: 'read',
        audience: RESOURCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
provider.on('server_error', (_context, error) => console.error(error))
const listen = provider.callback()
createServer((request, response) => {
  if (request.url === '/ready') response.end('ready')
  else void listen(request, response)
}).listen(port, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
