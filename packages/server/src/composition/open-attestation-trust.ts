import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { SettingsService } from '@simplewebauthn/server'
import {
  type AttestationTrust,
  createAttestationTrust,
  MetadataError,
  parseMetadataBlob,
} from '../domains/factors/index.ts'
import type { Clock } from '../kernel/index.ts'
import { type AttestationConfig, ConfigError, type SettingName } from '../platform/config/index.ts'
import type { Logger } from '../platform/telemetry/index.ts'

/**
 * Reads the files once: who replaces one starts again. Nothing is fetched.
 * @throws ConfigError if a file can't be read, or is not what it should be
 */
export async function openAttestationTrust(
  config: AttestationConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Pick<Logger, 'warn'> },
): Promise<AttestationTrust> {
  const { metadataFile, metadataRootsFile, rootsFile } = config
  const roots = await readCertificates('attestation.rootsFile', rootsFile)
  if (metadataFile === undefined) return createAttestationTrust({ metadata: undefined, roots })
  const signers =
    metadataRootsFile === undefined
      ? SettingsService.getRootCertificates({ identifier: 'mds' }).map(
          (pem) => new X509Certificate(pem),
        )
      : await readCertificates('attestation.metadataRootsFile', metadataRootsFile)
  const text = (await read('attestation.metadataFile', metadataFile)).toString()
  const metadata = parsing('attestation.metadataFile', metadataFile, () =>
    parseMetadataBlob(text, signers, clock.now()),
  )
  if (clock.now() >= metadata.outdatedAt) {
    logger.warn('attestation.metadata_outdated')
  }
  return createAttestationTrust({ metadata, roots })
}

async function readCertificates(
  setting: SettingName,
  path: string | undefined,
): Promise<readonly X509Certificate[]> {
  if (path === undefined) return []
  const pem = (await read(setting, path)).toString()
  return parsing(setting, path, () => {
    const blocks = pem.match(PEM_CERTIFICATE) ?? []
    if (blocks.length === 0) throw new MetadataError('it has no PEM certificate')
    return blocks.map((block) => new X509Certificate(block))
  })
}

function read(setting: SettingName, path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw unusable(setting, path, 'it can not be read', error)
  })
}

function parsing<T>(setting: SettingName, path: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    const reason = error instanceof MetadataError ? error.message : 'a certificate is malformed'
    throw unusable(setting, path, reason, error)
  }
}

function unusable(setting: SettingName, path: string, reason: string, cause: unknown): ConfigError {
  const what = `\`${path}\`: ${reason}`
  const error = new ConfigError([{ setting, what, fix: FIXES[setting] ?? '', unsafe: false }])
  error.cause = cause
  return error
}

const FIXES: Partial<Record<SettingName, string>> = {
  'attestation.metadataFile': 'name the file that https://mds3.fidoalliance.org/ delivers, or none',
  'attestation.metadataRootsFile': 'name a file of PEM certificates, or none',
  'attestation.rootsFile': 'name a file of PEM certificates, or none',
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
