import { createHash, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider, type Adapter, type AdapterPayload } from 'oidc-provider'
import pg from 'pg'

/**
 * oidc-provider over PostgreSQL in the plain way: one table of JSON payloads, one statement for
 * each call of the adapter. Its refresh tokens rotate, as ours do.
 */
const port = Number(process.env['BENCH_PORT'])
const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'] ?? '', max: 10 })
await pool.query(`CREATE TABLE oidc_models (model text, id text, grant_id text, payload jsonb,
  expires_at timestamptz, consumed_at timestamptz, PRIMARY KEY (model, id))`)
await pool.query('CREATE INDEX oidc_models_grant ON oidc_models (grant_id)')

class PlainAdapter implements Adapter {
  readonly model: string

  constructor(model: string) {
    this.model = model
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    await pool.query(
      `INSERT INTO oidc_models (model, id, grant_id, payload, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
       ON CONFLICT (model, id) DO UPDATE SET payload = $4`,
      [this.model, id, payload.grantId, payload, expiresIn],
    )
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const { rows } = await pool.query<{ payload: AdapterPayload; consumed_at: Date | null }>(
      'SELECT payload, consumed_at FROM oidc_models WHERE model = $1 AND id = $2',
      [this.model, id],
    )
    const row = rows[0]
    if (row === undefined) return undefined
    return row.consumed_at === null ? row.payload : { ...row.payload, consumed: true }
  }

  async consume(id: string): Promise<void> {
    await pool.query('UPDATE oidc_models SET consumed_at = now() WHERE model = $1 AND id = $2', [
      this.model,
      id,
    ])
  }

  async destroy(id: string): Promise<void> {
    await pool.query('DELETE FROM oidc_models WHERE model = $1 AND id = $2', [this.model, id])
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await pool.query('DELETE FROM oidc_models WHERE grant_id = $1', [grantId])
  }

  findByUid = async (): Promise<undefined> => undefined
  findByUserCode = async (): Promise<undefined> => undefined
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const RESOURCE = 'https://api.example.test'
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: PlainAdapter,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] } as never,
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret',
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      redirect_uris: ['https://app.example.test/callback'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  rotateRefreshToken: true,
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
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

/** Without a browser: what the authorization code would have led to. */
async function issueRefreshToken(user: number): Promise<string> {
  const client = await provider.Client.find('bench')
  if (client === undefined) throw new Error('no client')
  const accountId = createHash('sha256').update(String(user)).digest('hex')
  const grant = new provider.Grant({ accountId, clientId: 'bench' })
  grant.addOIDCScope('openid offline_access')
  grant.addResourceScope(RESOURCE, 'read')
  const grantId = await grant.save()
  const token = new provider.RefreshToken({
    client,
    accountId,
    grantId,
    scope: 'openid offline_access read',
    gty: 'authorization_code',
    authTime: 1,
    rotations: 0,
    claims: {},
    resource: RESOURCE,
  } as never)
  return token.save()
}

const listen = provider.callback()
createServer((request, response) => {
  if (request.url === '/ready') response.end('ready')
  else if (request.url?.startsWith('/issue/') === true) {
    void issueRefreshToken(Number(request.url.slice(7))).then((token) => response.end(token))
  } else void listen(request, response)
}).listen(port, '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
