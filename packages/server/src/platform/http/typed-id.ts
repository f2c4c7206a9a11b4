import { z } from 'zod'
import { type Id, parseId } from '../../kernel/index.ts'

/** An id of that kind in its canonical form; anything else is refused as malformed. */
export function typedId<Prefix extends string>(prefix: Prefix) {
  return z.string().transform((text, context): Id<Prefix> => {
    const id = parseId(prefix, text)
    if (id !== undefined) return id
    context.addIssue({ code: 'custom', message: `must be an id that starts with \`${prefix}_\`` })
    return z.NEVER
  })
}
