import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAttestationTrust, parseMetadataBlob } from '../../src/domains/factors/index.ts'
import type { Tenant } from '../../src/domains/tenants/index.ts'
import type { Actor } from '../support/actors.ts'
import {
  type Issued,
  issueCertificate,
  signMetadataBlob,
} from '../support/attestation-authority.ts'
import { auditedDuring } from '../support/audit-trail.ts'
import { expectProblem } from '../support/expect-problem.ts'
import {
  createAttestedCredential,
  type SoftwareAuthenticatorOptions,
} from '../support/software-authenticator.ts'
import { skipWithoutChromium } from './chromium.ts'
import {
  beginRegistration,
  challengeOf,
  completeRegistration,
  openPasskeyWorld,
  optionsOf,
  type PasskeyWorld,
} from './open-passkey-world.ts'
import type { CredentialJson } from './passkey-browser.ts'

/** @see WebAuthn L3 §7.1 steps 21 to 24, §8.2.1; FIDO Metadata Service v3.1 */
describe.skipIf(skipWithoutChromium())('where makers must vouch for authenticators', () => {
  let world: PasskeyWorld
  let strict: Tenant
  let maker: Issued
  let model: Issued
  let roots: Issued
  const made: Record<string, Issued> = {}

  beforeAll(async () => {
    const service = await issueCertificate()
    const signer = await issueCertificate({ issuer: service, host: 'mds.fidoalliance.org' })
    maker = await issueCertificate()
    model = await issueCertificate({ issuer: maker, aaguid: KEY })
    roots = await issueCertificate()
    made['withoutAaguid'] = await issueCertificate({ issuer: maker })
    const blob = await signMetadataBlob({
      path: [signer],
      nextUpdate: '2026-03-02',
      entries: [
        { aaguid: KEY, roots: [maker] },
        { aaguid: REVOKED_KEY, roots: [maker], statuses: ['FIDO_CERTIFIED', 'REVOKED'] },
        { aaguid: OTHER_MAKERS_KEY, roots: [service] },
      ],
    })
    world = await openPasskeyWorld({
      attestationTrust: createAttestationTrust({
        metadata: parseMetadataBlob(blob, [service.certificate], NOW),
        roots: [roots.certificate],
      }),
    })
    strict = await world.tenant(undefined, { webauthn_attestation: 'direct' })
  })

  afterAll(() => world.close())

  async function create(
    actor: Actor,
    { aaguid = KEY, path = [model], ...format }: Partial<SoftwareAuthenticatorOptions> = {},
  ): Promise<CredentialJson> {
    const options = optionsOf(await beginRegistration(actor))
    const origin = world.baseUrl
    const asked = options as unknown as { challenge: string; rp: { id: string } }
    return createAttestedCredential({ aaguid, path, origin, ...format }, asked)
  }

  const signedIn = (tenant = strict) => world.actors.signedIn({ tenant })

  async function expectRefused(
    actor: Actor,
    created: CredentialJson,
    [code, status, reason]: readonly [string, number, string],
  ): Promise<void> {
    const { result, events } = await auditedDuring(world, actor.tenant, () =>
      completeRegistration(actor, created),
    )
    expectProblem(result, code, status)
    expect(events).toMatchObject([
      { action: 'webauthn.registration_refused', outcome: 'refused', details: { reason } },
    ])
    expect((await actor.call('GET', '/api/auth/webauthn/credentials')).json()).toEqual({
      credentials: [],
    })
  }

  const required = (reason: string) => ['attestation_required', 422, reason] as const
  const INVALID = ['webauthn_registration_refused', 422, 'attestation_not_valid'] as const

  it('a browser is asked for the attestation', async () => {
    const options = optionsOf(await beginRegistration(await signedIn()))

    expect(options['attestation']).toBe('direct')
  })

  it('a key is registered whose maker vouches for its model', async () => {
    const ana = await signedIn()

    const answer = await completeRegistration(ana, await create(ana))

    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({ credential: { aaguid: KEY } })
  })

  it('one is registered whose maker the operator trusts beside the metadata', async () => {
    const ana = await signedIn()
    const unlisted = await issueCertificate({ issuer: roots, aaguid: UNLISTED_KEY })

    const created = await create(ana, { aaguid: UNLISTED_KEY, path: [unlisted] })

    expect((await completeRegistration(ana, created)).statusCode).toBe(201)
  })

  it('a key of the older kind is registered by a root of the operator', async () => {
    const ana = await signedIn()
    const path = [await issueCertificate({ issuer: roots })]

    const created = await create(ana, { aaguid: NO_MODEL, path, format: 'fido-u2f' })

    expect((await completeRegistration(ana, created)).statusCode).toBe(201)
  })

  it.each(['none', 'direct'])(
    'the authenticator of Chromium is refused, which vouches for itself, asked for `%s`',
    async (attestation) => {
      const ana = await signedIn()
      await world.goHome()
      await world.browser.useAuthenticator()
      const options = { ...optionsOf(await beginRegistration(ana)), attestation }

      const created = await world.browser.create(options)

      const reason = attestation === 'none' ? 'attestation_unattested' : CHROMIUM_REASON
      await expectRefused(ana, created, required(reason))
    },
  )

  it('one that vouches for itself is refused', async () => {
    const ana = await signedIn()

    await expectRefused(ana, await create(ana, { path: [] }), required('attestation_unattested'))
  })

  it('one is refused that nobody knows, however valid its attestation', async () => {
    const ana = await signedIn()
    const stranger = await issueCertificate()
    const unknown = await issueCertificate({ issuer: stranger, aaguid: KEY })

    const created = await create(ana, { path: [unknown, stranger] })

    await expectRefused(ana, created, required('attestation_untrusted'))
  })

  it('one is refused that says to be a model of another maker', async () => {
    const ana = await signedIn()
    const path = [made['withoutAaguid'] ?? model]

    const created = await create(ana, { aaguid: OTHER_MAKERS_KEY, path })

    await expectRefused(ana, created, required('attestation_untrusted'))
  })

  it('one is refused whose certificate is of another model', async () => {
    const ana = await signedIn()

    const created = await create(ana, { aaguid: UNLISTED_KEY, path: [model] })

    await expectRefused(ana, created, INVALID)
  })

  it('one is refused whose model was revoked, even if the operator trusts its maker', async () => {
    const ana = await signedIn()
    const ofOperator = await issueCertificate({ issuer: roots, aaguid: REVOKED_KEY })

    const created = await create(ana, { aaguid: REVOKED_KEY, path: [ofOperator] })

    await expectRefused(ana, created, required('attestation_compromised'))
  })

  it('one is refused whose certificate is over', async () => {
    const ana = await signedIn()
    // By the fake clock only, so that it is our check that finds it.
    const notBefore = new Date('2026-03-05T00:00:00Z')
    const early = await issueCertificate({ issuer: maker, aaguid: KEY, notBefore })

    const created = await create(ana, { path: [early] })

    await expectRefused(ana, created, required('attestation_untrusted'))
  })

  it('one is refused whose signature is of another key than its certificate', async () => {
    const ana = await signedIn()
    const forger = { ...model, keys: maker.keys }

    await expectRefused(ana, await create(ana, { path: [forger] }), INVALID)
  })

  it('a list of models holds too', async () => {
    const settings = { webauthn_attestation: 'direct' as const, webauthn_allowed_aaguids: [OTHER] }
    const ana = await signedIn(await world.tenant(undefined, settings))

    const created = await create(ana)

    await expectRefused(ana, created, ['authenticator_not_allowed', 422, 'authenticator'])
  })

  it('an enrolment at sign-in is judged alike', async () => {
    const settings = { webauthn_attestation: 'direct' as const, mfa_policy: 'required' as const }
    const tenant = await world.tenant(undefined, settings)
    const ana = await world.actors.user({ tenant })
    const begun = await ana.login()
    const { challenge } = begun.json<{ challenge: string }>()
    const path = '/api/auth/mfa/enrollment/webauthn'
    const options = optionsOf(await ana.call('POST', path, { challenge }))
    const asked = options as unknown as { challenge: string; rp: { id: string } }
    const authenticator = { aaguid: KEY, path: [], origin: world.baseUrl }
    const response = createAttestedCredential(authenticator, asked)

    const answer = await ana.call('POST', `${path}/verify`, { challenge, response })

    expectProblem(answer, 'attestation_required', 422)
    await expect(challengeOf(ana)).rejects.toThrow('no challenge')
  })

  it('elsewhere no maker is asked for', async () => {
    const ana = await signedIn(await world.tenant())
    const stranger = await issueCertificate()

    const path = [await issueCertificate({ issuer: stranger })]
    const created = await create(ana, { path })

    expect((await completeRegistration(ana, created)).statusCode).toBe(201)
  })

  it('none is registered by metadata that is too old, until there is newer', async () => {
    const ana = await signedIn()
    world.clock.advance({ milliseconds: 36 * 3_600_000 })
    const ben = await signedIn()

    const refusal = ['attestation_metadata_outdated', 503, 'attestation_outdated'] as const
    await expectRefused(ben, await create(ben), refusal)
    expect(ana.accessToken).toBeDefined()
  })
})

const NO_MODEL = '00000000-0000-0000-0000-000000000000'
const NOW = new Date('2026-03-01T12:00:00Z')
const KEY = '2fc0579f-8113-47ea-b116-bb5a8db9202a'
const REVOKED_KEY = 'c5ef55ff-ad9a-4b9f-b580-adebafe026d0'
const OTHER_MAKERS_KEY = '85203421-48f9-4355-9bc8-8a53846e5083'
const UNLISTED_KEY = '73bb0cd4-e502-49b8-9c6f-b59445bf720b'
const OTHER = 'ee882879-721c-4913-9775-3dfcce97072a'
/** Its virtual authenticator has a certificate that it made itself. */
const CHROMIUM_REASON = 'attestation_untrusted'
