import type { Sealer } from '../../platform/crypto/index.ts'
import type { Database } from '../../platform/db/index.ts'
import type { CredentialChangePort, Identity } from '../identity/index.ts'
import type { FactorGuessPort, FactorMessagePort, SmsCodePort } from './ports.ts'
import type { AttestationTrust } from './webauthn/attestation/attestation-trust.ts'
import type { RelyingParty } from './webauthn/relying-party.ts'

/** What every use case of this domain is given. */
export interface FactorDependencies {
  readonly database: Database
  readonly sealer: Pick<Sealer, 'seal' | 'unseal'>
  readonly identity: Pick<Identity, 'checkCurrentPassword'>
  readonly credentialChange: CredentialChangePort
  readonly messages: FactorMessagePort
  readonly guesses: FactorGuessPort
  /** undefined: this server sends no SMS. */
  readonly sms: SmsCodePort | undefined
  readonly relyingParty: RelyingParty
  readonly attestationTrust: AttestationTrust
}
