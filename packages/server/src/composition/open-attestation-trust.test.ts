import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Issued,
  issueCertificate,
  signMetadataBlob,
} from '../../test/support/attestation-authority.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { ConfigError } from '../platform/config/index.ts'
import { openAttestationTrust } from './open-attestation-trust.ts'

const MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
let folder: string
let maker: Issued
let device: Issued
const NOTHING = { metadataFile: undefined, metadataRootsFile: undefined, rootsFile: undefined }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-attestation-'))
  const service = await issueCertificate()
  const signer = await issueCertificate({ issuer: service, host: 'mds.fidoalliance.org' })
  maker = await issueCertificate()
  device = await issueCertificate({ issuer: maker })
  const entries = [{ aaguid: MODEL, roots: [maker] }]
  await write('blob.jwt', `${await signMetadataBlob({ path: [signer], entries })}\n`)
  const old = { path: [signer], entries, nextUpdate: '2026-02-28' }
  await write('old.jwt', await signMetadataBlob(old))
  await write('service.pem', `# The service\n${service.pem}\n`)
  await write('makers.pem', `${service.pem}\n${maker.pem}\n`)
  await write('malformed.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
  await write('empty.pem', 'nothing')
})

afterAll(() => rm(folder, { recursive: true }))

const path = (name: string) => join(folder, name)
const write = (name: string, text: string) => writeFile(path(name), text)

async function open(config: Partial<typeof NOTHING> | Record<string, string>) {
  const warnings: string[] = []
  const logger = { warn: (event: string) => void warnings.push(event) }
  const clock = new FakeClock()
  const trust = await openAttestationTrust({ ...NOTHING, ...config }, { clock, logger })
  const verdict = trust.judge({ aaguid: MODEL, path: [device.der] }, clock.now())
  return { verdict, warnings }
}

it('trusts nobody where no file is named', async () => {
  expect(await open({})).toEqual({ verdict: 'untrusted', warnings: [] })
})

it('trusts whom the metadata names, and whom the operator names', async () => {
  const files = { metadataFile: path('blob.jwt'), metadataRootsFile: path('service.pem') }

  expect(await open(files)).toEqual({ verdict: 'trusted', warnings: [] })
  expect((await open({ rootsFile: path('makers.pem') })).verdict).toBe('trusted')
  expect((await open({ rootsFile: path('service.pem') })).verdict).toBe('untrusted')
})

it('starts with metadata that is too old, and says so', async () => {
  const files = { metadataFile: path('old.jwt'), metadataRootsFile: path('service.pem') }

  expect(await open(files)).toEqual({
    verdict: 'outdated',
    warnings: ['attestation.metadata_outdated'],
  })
})

it('believes the FIDO Alliance only, unless other roots are named', async () => {
  await expect(open({ metadataFile: path('blob.jwt') })).rejects.toThrow('trusted root')
  const files = { metadataFile: path('blob.jwt'), metadataRootsFile: path('empty.pem') }
  await expect(open(files)).rejects.toThrow('it has no PEM certificate')
})

it.each([
  ['metadataFile', 'missing.jwt', 'it can not be read'],
  ['metadataFile', 'makers.pem', 'it is no signed metadata BLOB'],
  ['rootsFile', 'missing.pem', 'it can not be read'],
  ['rootsFile', 'empty.pem', 'it has no PEM certificate'],
  ['rootsFile', 'malformed.pem', 'a certificate is malformed'],
])('does not start where `%s` is %s', async (member, name, reason) => {
  const opening = open({ [member]: path(name) })

  await expect(opening).rejects.toThrow(ConfigError)
  await expect(opening).rejects.toThrow(reason)
})
