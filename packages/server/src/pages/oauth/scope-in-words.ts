import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { fill, lookUp } from '../language/texts.ts'

/** What a client may do with a scope; one that only a resource server knows is named. */
export function scopeInWords(frame: PageFrame, scope: string): string {
  const { scopes, otherScope } = textsOf(frame).oauth
  return lookUp(scopes, scope) ?? fill(otherScope, { scope })
}
