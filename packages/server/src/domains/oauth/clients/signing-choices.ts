import {
  DEFAULT_SIGNING_ALGORITHM,
  type FieldError,
  offersAlgorithm,
  type SigningAlgorithm,
  type TenantPolicy,
} from '../../../kernel/index.ts'
import type { ClientMetadata } from './model.ts'
import { type ClientProfile, PROFILE_RULES } from './profiles.ts'

type Policy = Pick<TenantPolicy, 'signingAlgorithms'>

/** Members that say by which algorithm something is signed for the client. */
const MEMBERS = [
  'id_token_signed_response_alg',
  'userinfo_signed_response_alg',
  'introspection_signed_response_alg',
  'authorization_signed_response_alg',
  'access_token_signing_alg',
] as const

/** Attack: a client has something signed by what the tenant, or its own profile, does not accept. */
export function judgeAlgorithms(
  policy: Policy,
  profile: ClientProfile,
  metadata: ClientMetadata,
): FieldError[] {
  return MEMBERS.flatMap((name) => {
    const { [name]: algorithm = DEFAULT_SIGNING_ALGORITHM } = metadata
    if (!offersAlgorithm(policy, algorithm)) {
      return [refused(name, 'the tenant does not sign with this algorithm')]
    }
    return suitsProfile(profile, algorithm) ? [] : [refused(name, 'not for this profile')]
  })
}

/** FAPI 2.0 §5.4.1: PS256, ES256 or EdDSA, and never RS256. */
export function suitsProfile(profile: ClientProfile, algorithm: SigningAlgorithm): boolean {
  return algorithm !== 'RS256' || PROFILE_RULES[profile].allowsRs256
}

/** False for one that was registered before its tenant gave up an algorithm. */
export function hasOfferedAlgorithms(policy: Policy, metadata: ClientMetadata): boolean {
  return MEMBERS.every((name) =>
    offersAlgorithm(policy, metadata[name] ?? DEFAULT_SIGNING_ALGORITHM),
  )
}

function refused(name: string, detail: string): FieldError {
  return { pointer: `/metadata/${name}`, code: 'refused', detail }
}
