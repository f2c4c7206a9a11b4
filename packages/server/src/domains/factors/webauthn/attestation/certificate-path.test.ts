import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Issued, issueCertificate } from '../../../../../test/support/attestation-authority.ts'
import { endsInTrustedRoot } from './certificate-path.ts'

const NOW = new Date('2026-03-01T12:00:00Z')

describe('a path of certificates', () => {
  let root: Issued
  let stranger: Issued
  let middle: Issued
  let leaf: Issued
  let direct: Issued

  beforeAll(async () => {
    root = await issueCertificate()
    stranger = await issueCertificate()
    middle = await issueCertificate({ issuer: root, isAuthority: true })
    leaf = await issueCertificate({ issuer: middle })
    direct = await issueCertificate({ issuer: root })
  })

  const judge = (path: readonly Issued[], roots: readonly Issued[] = [root], now = NOW) =>
    endsInTrustedRoot(
      path.map(({ der }) => der),
      roots.map(({ certificate }) => certificate),
      now,
    )

  it('ends in a root that issued its last member, is it, or is among several', () => {
    expect(judge([direct])).toBe(true)
    expect(judge([leaf, middle])).toBe(true)
    expect(judge([leaf, middle, root])).toBe(true)
    expect(judge([direct], [stranger, root])).toBe(true)
  })

  it('ends in its leaf, where that is what is trusted', () => {
    expect(judge([direct], [direct])).toBe(true)
  })

  it('ends nowhere without a root, with another one, or without members', () => {
    expect(judge([leaf, middle], [])).toBe(false)
    expect(judge([leaf, middle], [stranger])).toBe(false)
    expect(judge([])).toBe(false)
  })

  it('ends nowhere if a member is missing, foreign or in another order', async () => {
    expect(judge([leaf])).toBe(false)
    expect(judge([stranger, leaf, middle])).toBe(false)
    expect(judge([leaf, stranger, middle])).toBe(false)
    // Attack: a certificate of one's own in front of a true path.
    const forged = await issueCertificate()
    expect(judge([forged, middle])).toBe(false)
    const sameName = await issueCertificate({ name: root.name })
    const signedByOther = await issueCertificate({ issuer: sameName })
    expect(judge([signedByOther])).toBe(false)
    expect(judge([signedByOther, root])).toBe(false)
    const namesOther = await issueCertificate({ issuer: { ...root, name: 'CN=Somebody else' } })
    expect(judge([namesOther])).toBe(false)
  })

  it('is no path through a certificate that is no authority', async () => {
    const belowLeaf = await issueCertificate({ issuer: direct })

    expect(judge([belowLeaf, direct])).toBe(false)
    expect(judge([belowLeaf], [direct])).toBe(false)
  })

  it('is no longer than its authorities allow', async () => {
    const last = await issueCertificate({ issuer: root, isAuthority: true, pathLength: 0 })
    const below = await issueCertificate({ issuer: last, isAuthority: true })
    const allowed = await issueCertificate({ issuer: last })
    const tooFar = await issueCertificate({ issuer: below })

    expect(judge([allowed, last])).toBe(true)
    expect(judge([tooFar, below, last])).toBe(false)
  })

  it('has eight members at most', async () => {
    let issuer = root
    const path: Issued[] = []
    for (let made = 0; made < 8; made++) {
      issuer = await issueCertificate({ issuer, isAuthority: true })
      path.unshift(issuer)
    }

    expect(judge(path)).toBe(true)
    expect(judge([await issueCertificate({ issuer }), ...path])).toBe(false)
  })

  it.each([
    ['over', { notAfter: new Date('2026-03-01T11:59:59Z') }],
    ['not there yet', { notBefore: new Date('2026-03-01T12:00:01Z') }],
  ])('is not valid when the time of a member or root is %s', async (_, time) => {
    const late = await issueCertificate({ issuer: root, ...time })
    const lateRoot = await issueCertificate(time)
    const ofLateRoot = await issueCertificate({ issuer: lateRoot })
    const lateMiddle = await issueCertificate({ issuer: root, isAuthority: true, ...time })
    const ofLateMiddle = await issueCertificate({ issuer: lateMiddle })

    expect(judge([late])).toBe(false)
    expect(judge([late], [late])).toBe(false)
    expect(judge([ofLateRoot], [lateRoot])).toBe(false)
    expect(judge([ofLateMiddle, lateMiddle])).toBe(false)
  })

  it('is not valid with a member that is no certificate', () => {
    const { certificate } = root

    expect(endsInTrustedRoot([leaf.der, randomBytes(200)], [certificate], NOW)).toBe(false)
    expect(endsInTrustedRoot([new Uint8Array()], [certificate], NOW)).toBe(false)
  })
})
