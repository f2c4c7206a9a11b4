// The API that the service calls. It never asks the server about a token: it verifies it.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createVerifier, VerifyError } from '@countersign/verify'
import { setting } from './setting.ts'

const verifier = createVerifier({
  issuer: setting('ISSUER'),
  audience: setting('API_AUDIENCE'),
})

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const principal = await verifier.verifyRequest(request)
    principal.require({ scope: 'orders:read' })
    send(response, 200, { orders: [], caller: principal.clientId })
  } catch (error) {
    if (!(error instanceof VerifyError)) throw error
    const { code, status, wwwAuthenticate } = error
    if (wwwAuthenticate !== undefined) response.setHeader('www-authenticate', wwwAuthenticate)
    send(response, status, { code })
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const url = new URL(setting('API_URL'))
createServer((request, response) => void handle(request, response)).listen(
  Number(url.port),
  url.hostname,
  () => console.log(`listening on ${url.href}`),
)
