import { type Challenge, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'

/** Does the work, as a page would, and gives what is sent as `captcha`. */
export async function solveCaptcha(challenge: Challenge): Promise<string> {
  const solution = await solveChallenge({ challenge, deriveKey })
  if (solution === null) throw new Error('not solved in time')
  return encodeSolution({ challenge, solution })
}

export function encodeSolution(payload: unknown): string {
  return Buffer.from(JSON.stringify(payload)).toString('base64')
}

export function decodeSolution(payload: string): {
  challenge: { parameters: Record<string, unknown>; signature: string }
  solution: { counter: number; derivedKey: string }
} {
  return JSON.parse(Buffer.from(payload, 'base64').toString()) as ReturnType<typeof decodeSolution>
}
