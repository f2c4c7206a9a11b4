import { z } from 'zod'
import { Secret } from '../../kernel/index.ts'

/** A text of 1 to `max` characters that must not be printed: wrapped as soon as it is parsed. */
export function secretText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .transform((text) => new Secret(text))
}
