import { beforeAll, describe, expect, it } from 'vitest'
import {
  type BlobOptions,
  type Issued,
  issueCertificate,
  signMetadataBlob,
} from '../../../../../test/support/attestation-authority.ts'
import { createAttestationTrust } from './attestation-trust.ts'
import { MetadataError, parseMetadataBlob } from './metadata-blob.ts'

const NOW = new Date('2026-03-01T12:00:00Z')
const HOST = 'mds.fidoalliance.org'
const MODEL = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
const OTHER = 'ee882879-721c-4913-9775-3dfcce97072a'

let service: Issued
let signer: Issued
let maker: Issued
let device: Issued

beforeAll(async () => {
  service = await issueCertificate()
  signer = await issueCertificate({ issuer: service, host: HOST })
  maker = await issueCertificate()
  device = await issueCertificate({ issuer: maker })
})

function sign(options: Partial<BlobOptions> = {}) {
  return signMetadataBlob({
    path: [signer],
    entries: [{ aaguid: MODEL, roots: [maker] }],
    ...options,
  })
}

const parse = (text: string, now = NOW) => parseMetadataBlob(text, [service.certificate], now)

describe('a BLOB of metadata', () => {
  it('names the roots of a model, in lower case', async () => {
    const metadata = parse(
      await sign({ entries: [{}, { aaguid: MODEL.toUpperCase(), roots: [maker] }] }),
    )

    const entry = metadata.find(MODEL)
    expect(entry?.roots.map(({ raw }) => raw)).toEqual([maker.der])
    expect(entry?.isCompromised).toBe(false)
    expect(metadata.find(OTHER)).toBeUndefined()
  })

  it('is outdated when the day of its next update is over', async () => {
    const { outdatedAt } = parse(await sign({ nextUpdate: '2026-02-10' }))

    expect(outdatedAt).toEqual(new Date('2026-02-11T00:00:00Z'))
  })

  it('is refused if a byte of it was changed', async () => {
    const [header = '', payload = '', signature = ''] = (await sign()).split('.')
    const forged = Buffer.from(payload, 'base64url').toString().replace(MODEL, OTHER)

    const changed = [
      `${header}.${Buffer.from(forged).toString('base64url')}.${signature}`,
      `${header}.${payload}.${Buffer.alloc(64, 1).toString('base64url')}`,
    ]
    for (const text of changed) expect(() => parse(text)).toThrow('its signature is not right')
  })

  it('is refused if its signer does not end in a trusted root', async () => {
    const stranger = await issueCertificate()
    const forger = await issueCertificate({ issuer: stranger, host: HOST })
    const text = await sign({ path: [forger, stranger] })

    expect(() => parse(text)).toThrow('do not end in a trusted root')
  })

  it('is refused if its signer is somebody else below that root', async () => {
    const neighbour = await issueCertificate({ issuer: service, host: 'shop.example.com' })
    const text = await sign({ path: [neighbour] })

    expect(() => parse(text)).toThrow('its signer is not `mds.fidoalliance.org`')
  })

  it('is refused if its signer may not sign any more', async () => {
    const late = await issueCertificate({ issuer: service, host: HOST, notAfter: NOW })
    const text = await sign({ path: [late] })

    expect(() => parse(text, new Date(NOW.getTime() + 1))).toThrow('trusted root')
  })

  it.each([
    ['another algorithm', { alg: 'none' }],
    ['an algorithm that is not the one of the key', { alg: 'RS256' }],
    ['a critical extension', { crit: ['exp'] }],
    ['no certificates', { x5c: [] }],
    ['certificates that are none', { x5c: ['AAAA'] }],
  ])('is refused with %s in its header', async (_, header) => {
    const text = await sign({ header })

    expect(() => parse(text)).toThrow(MetadataError)
  })

  it.each(['', 'AAAA', 'AAAA.AAAA', 'AAAA.AAAA.AAAA', 'a.b.c.d'])(
    'is refused if it is `%s`',
    (text) => {
      expect(() => parse(text)).toThrow(MetadataError)
    },
  )

  it('is refused with a part more', async () => {
    const text = `${await sign()}.AAAA`

    expect(() => parse(text)).toThrow('no signed metadata BLOB')
  })

  it('is refused if what is signed says no date', async () => {
    const text = await sign({ nextUpdate: 'soon' })

    expect(() => parse(text)).toThrow('no metadata BLOB of version 3')
  })
})

describe('an attestation', () => {
  const judge = (text: string | undefined, now = NOW, path = [device.der], roots = [maker]) => {
    const metadata = text === undefined ? undefined : parse(text)
    const trusted = text === undefined ? roots.map(({ certificate }) => certificate) : []
    return createAttestationTrust({ metadata, roots: trusted }).judge({ aaguid: MODEL, path }, now)
  }

  it('is trusted if its model is known, and its maker the one of that model', async () => {
    const others = [
      { aaguid: OTHER, roots: [maker] },
      { aaguid: MODEL, roots: [service] },
    ]

    expect(judge(await sign())).toBe('trusted')
    expect(judge(await sign({ entries: others }))).toBe('untrusted')
    expect(judge(await sign({ entries: [] }))).toBe('untrusted')
  })

  it('is trusted by the roots of the operator alone', () => {
    expect(judge(undefined)).toBe('trusted')
    expect(judge(undefined, NOW, [device.der], [service])).toBe('untrusted')
    expect(judge(undefined, NOW, [device.der], [])).toBe('untrusted')
  })

  it('is none without certificates', async () => {
    expect(judge(await sign(), NOW, [])).toBe('unattested')
  })

  it('is not trusted when the metadata is too old to know', async () => {
    const text = await sign({ nextUpdate: '2026-03-01' })

    expect(judge(text, new Date('2026-03-01T23:59:59Z'))).toBe('trusted')
    expect(judge(text, new Date('2026-03-02T00:00:00Z'))).toBe('outdated')
  })

  it.each([
    'REVOKED',
    'USER_VERIFICATION_BYPASS',
    'ATTESTATION_KEY_COMPROMISE',
    'USER_KEY_REMOTE_COMPROMISE',
    'USER_KEY_PHYSICAL_COMPROMISE',
  ])('is not trusted if the model has the status %s, whatever was reported later', async (bad) => {
    const statuses = ['FIDO_CERTIFIED', bad, 'UPDATE_AVAILABLE']
    const entries = [
      { aaguid: MODEL, roots: [maker], statuses },
      { aaguid: MODEL, roots: [maker] },
    ]

    expect(judge(await sign({ entries }))).toBe('compromised')
    const trust = createAttestationTrust({
      metadata: parse(await sign({ entries, nextUpdate: '2020-01-01' })),
      roots: [maker.certificate],
    })
    expect(trust.judge({ aaguid: MODEL, path: [device.der] }, NOW)).toBe('compromised')
  })
})
