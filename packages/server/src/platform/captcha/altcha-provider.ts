import { createChallenge, verifySolution } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { z } from 'zod'
import { addDuration, minutes, type RequestContext, toSeconds } from '../../kernel/index.ts'
import { sha256 } from '../crypto/index.ts'
import {
  CAPTCHA_PURPOSES,
  type CaptchaProvider,
  type CaptchaPurpose,
  type SignedTask,
} from './captcha-provider.ts'

export interface AltchaOptions {
  /** Key of the MAC over challenges, the same on all nodes. */
  readonly hashKey: Uint8Array
  /** Rounds of one try; 256 tries are needed on average. Default 5,000, about a second of a phone. */
  readonly cost?: number
}

/**
 * Proof of work: nothing is stored for a challenge, nobody else is asked, and nobody is tracked.
 *
 * SECURITY: tenant, purpose and expiry are inside of what is signed, so a solution is worth nothing
 * elsewhere or later. That it counts once is not decided here.
 * @see https://altcha.org/docs/v2/
 */
export function createAltchaProvider({ hashKey, cost = 5000 }: AltchaOptions): CaptchaProvider {
  const hmacSignatureSecret = Buffer.from(hashKey).toString('hex')
  return {
    challenge: async (context, purpose) => {
      const challenge = await createChallenge({
        algorithm: ALGORITHM,
        cost,
        deriveKey,
        data: { tenant: context.tenant.id, purpose, expires: expiryOf(context) },
        hmacSignatureSecret,
      })
      return {
        provider: 'altcha',
        challenge: taskSchema.parse(challenge),
        expiresIn: toSeconds(CHALLENGE_LIFETIME),
      }
    },
    verify: async (context, purpose, payload) => {
      const parsed = parsePayload(payload)
      if (parsed === undefined) return undefined
      const { challenge, solution } = parsed
      if (!isFor(challenge, context, purpose)) return undefined
      const { verified } = await verifySolution({
        challenge,
        solution,
        deriveKey,
        hmacSignatureSecret,
      })
      if (!verified) return undefined
      const expiresAt = new Date(challenge.parameters.data.expires * 1000)
      return { hash: sha256(challenge.signature), expiresAt }
    },
  }
}

function expiryOf({ clock }: RequestContext): number {
  return Math.floor(addDuration(clock.now(), CHALLENGE_LIFETIME).getTime() / 1000)
}

/**
 * By our clock; the library asks another one. Invariant I11: one that lies further ahead than a
 * challenge lives was made before the clock stepped back, and would live too long.
 */
function isFor(
  { parameters: { data } }: SignedTask,
  context: RequestContext,
  purpose: CaptchaPurpose,
): boolean {
  const now = context.clock.now().getTime() / 1000
  const isTimely = data.expires > now && data.expires <= expiryOf(context) + CLOCK_TOLERANCE
  return isTimely && data.tenant === context.tenant.id && data.purpose === purpose
}

function parsePayload(text: string): z.output<typeof payloadSchema> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(text, 'base64').toString('utf8'))
    return payloadSchema.safeParse(json).data
  } catch {
    return undefined
  }
}

const hex = z
  .string()
  .max(128)
  .regex(/^(?:[0-9a-f]{2})+$/)

const taskSchema = z.strictObject({
  parameters: z.strictObject({
    algorithm: z.literal('PBKDF2/SHA-256'),
    nonce: hex,
    salt: hex,
    keyPrefix: hex,
    cost: z.int().min(1).max(1_000_000),
    keyLength: z.int().min(1).max(64),
    data: z.strictObject({
      tenant: z.string().max(64),
      purpose: z.enum(CAPTCHA_PURPOSES),
      expires: z.int(),
    }),
  }),
  signature: hex,
})

const payloadSchema = z.object({
  challenge: taskSchema,
  solution: z.object({ counter: z.int(), derivedKey: hex }),
})

const ALGORITHM = 'PBKDF2/SHA-256'
const CHALLENGE_LIFETIME = minutes(10)
/** Seconds; between nodes. */
const CLOCK_TOLERANCE = 60
