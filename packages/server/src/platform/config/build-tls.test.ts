import { describe, expect, it } from 'vitest'
import { makeCertificate } from '../../../test/support/certificates.ts'
import { ConfigError, loadConfig } from './index.ts'

const server = makeCertificate({ subject: 'CN=localhost' })
const other = makeCertificate({ subject: 'CN=other' })
const pair = { COUNTERSIGN_TLS_CERTIFICATE: server.cert, COUNTERSIGN_TLS_KEY: server.key }

function load(env: Record<string, string>) {
  return loadConfig({ env, cwd: '/nonexistent', command: 'config' }).config.http
}

function refused(env: Record<string, string>): string[] {
  try {
    load(env)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    expect(error.message).not.toContain('BEGIN')
    return error.problems.map(({ setting }) => setting)
  }
}

describe('TLS of our own', () => {
  it('is off unless a certificate and its key are given', () => {
    expect(load({}).tls).toBeUndefined()
    expect(load(pair)).toMatchObject({ baseUrl: 'https://localhost:4820' })
    expect(load(pair).tls?.certificate.reveal()).toBe(server.cert)
    expect(load({ ...pair, COUNTERSIGN_TLS_CLIENT_CA: other.cert }).tls?.clientCa).toBeDefined()
  })

  it.each([
    ['a key alone', { COUNTERSIGN_TLS_KEY: server.key }, 'tls.certificate'],
    ['a certificate alone', { COUNTERSIGN_TLS_CERTIFICATE: server.cert }, 'tls.key'],
    ['the key of another', { ...pair, COUNTERSIGN_TLS_KEY: other.key }, 'tls.certificate'],
    ['a certificate as key', { ...pair, COUNTERSIGN_TLS_KEY: server.cert }, 'tls.key'],
    ['authorities without TLS', { COUNTERSIGN_TLS_CLIENT_CA: other.cert }, 'tls.clientCa'],
    ['no origin', { COUNTERSIGN_MTLS_BASE_URL: 'https://a.example/x' }, 'tls.mtlsBaseUrl'],
  ])('refuses %s', (_what, env, setting) => {
    expect(refused(env)).toContain(setting)
  })
})
