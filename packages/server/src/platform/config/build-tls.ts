import { createSecureContext } from 'node:tls'
import type { Config } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import type { SettingValues } from './settings.ts'

export function buildTls(values: SettingValues): Config['http']['tls'] {
  const certificate = values['tls.certificate']
  const key = values['tls.key']
  if (certificate === undefined || key === undefined) return undefined
  return { certificate, key, clientCa: values['tls.clientCa'] }
}

/** What OpenSSL would refuse at the first handshake is refused at the start. */
export function checkTls(values: SettingValues, problems: ConfigProblem[]): void {
  const certificate = values['tls.certificate']
  const key = values['tls.key']
  const clientCa = values['tls.clientCa']
  if ((certificate === undefined) !== (key === undefined)) {
    problems.push({
      setting: certificate === undefined ? 'tls.certificate' : 'tls.key',
      what: 'TLS needs both a certificate and its key',
      fix: 'set COUNTERSIGN_TLS_CERTIFICATE_FILE and COUNTERSIGN_TLS_KEY_FILE, or neither',
      unsafe: false,
    })
    return
  }
  if (clientCa !== undefined && certificate === undefined) {
    problems.push({
      setting: 'tls.clientCa',
      what: 'this process does not end TLS, so it sees no certificate to verify',
      fix: 'give the authorities to the proxy, which tells that it verified',
      unsafe: false,
    })
  }
  const fits = isUsable({ cert: certificate?.reveal(), key: key?.reveal(), ca: clientCa?.reveal() })
  if (fits) return
  problems.push({
    setting: 'tls.certificate',
    what: 'certificate, key and authorities can not be used together',
    fix: 'give PEM files: the chain with the certificate of the server first, and the key of that',
    unsafe: false,
  })
}

function isUsable(parts: Readonly<Record<'cert' | 'key' | 'ca', string | undefined>>): boolean {
  const given = Object.entries(parts).filter(([, pem]) => pem !== undefined)
  try {
    createSecureContext(Object.fromEntries(given))
    return true
  } catch {
    // The message of OpenSSL may quote what was read, which may be a key.
    return false
  }
}
