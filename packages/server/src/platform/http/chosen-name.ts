import { z } from 'zod'
import { UNSUITABLE_IN_NAMES } from './unsuitable-in-names.ts'

/**
 * A name that people choose for a thing of their own, to tell it from the others. Spaces around it
 * are taken away; a control character is refused even there. NOTE: a name of characters that show
 * nothing would leave a row of a list without a title, so one at least must be visible.
 */
export const chosenNameSchema = z
  .string()
  .refine((text) => !UNSUITABLE_IN_NAMES.test(text), 'must have no control characters')
  .trim()
  .max(64)
  .refine((text) => VISIBLE.test(text), 'must have a visible character')

const VISIBLE = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}]/u
