import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { createEgress, type Egress } from '../../src/platform/egress/index.ts'

/** What a receiver takes from one push. */
export interface ReceivedPush {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answer of the receiver to a push; the default is 202. */
export interface PushAnswer {
  readonly status: number
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A receiver of security events: a real HTTP server on this machine. The way out of the server
 * believes it to be at `https://receiver.test`, because only such addresses can be registered.
 */
export class SignalReceiver {
  readonly #server: Server
  readonly pushes: ReceivedPush[] = []
  answer: (push: ReceivedPush) => PushAnswer | Promise<PushAnswer> = () => ({ status: 202 })

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      const respond = async () => {
        const body = Buffer.concat(chunks).toString()
        const push = { path: request.url ?? '', headers: request.headers, body }
        const { status, body: told, headers } = await this.answer(push)
        this.pushes.push(push)
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(told === undefined ? undefined : JSON.stringify(told))
      }
      request.on('end', () => void respond())
    })
  }

  static async start(): Promise<SignalReceiver> {
    const receiver = new SignalReceiver()
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve))
    return receiver
  }

  /** The way out of the server. Whatever does not go to this receiver is judged as in production. */
  get egress(): Egress {
    const { port } = this.#server.address() as AddressInfo
    const inside = createEgress({ allowPrivate: true })
    const outside = createEgress()
    const toThis = (url: string) => url.replace(RECEIVER, `http://127.0.0.1:${port}`)
    return {
      get: (url, request) => outside.get(url, request),
      post: (url, request) =>
        url.startsWith(`${RECEIVER}/`)
          ? inside.post(toThis(url), request)
          : outside.post(url, request),
    }
  }

  /** What came for that path, verified as a receiver verifies it. */
  async claimsAt(path: string, trust: SetTrust): Promise<readonly SetClaims[]> {
    const mine = this.pushes.filter((push) => push.path === path)
    return Promise.all(mine.map(({ body }) => verifySet(body, trust)))
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

export const RECEIVER = 'https://receiver.test'

/** What a receiver knows of the transmitter. */
export interface SetTrust {
  readonly jwks: JSONWebKeySet
  readonly issuer: string
  readonly audience: string
}

export interface SetClaims extends JWTPayload {
  readonly jti: string
  readonly txn: string
  readonly sub_id: Readonly<Record<string, unknown>>
  readonly events: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** SSF §4.1, RFC 8417 §2: typ, signature, issuer and audience. */
export async function verifySet(token: string, trust: SetTrust): Promise<SetClaims> {
  const { payload } = await jwtVerify(token, createLocalJWKSet(trust.jwks), {
    typ: 'secevent+jwt',
    algorithms: ['ES256'],
    issuer: trust.issuer,
    audience: trust.audience,
  })
  return payload as SetClaims
}

export const eventUri = (type: string) =>
  `https://schemas.openid.net/secevent/${type.replace('/', '/event-type/')}`
