import { httpErrors } from './http-errors.ts'

/**
 * A form as browsers send it.
 * @throws malformed_body for a field that comes twice, for what is no UTF-8, and for NUL
 * @see WHATWG URL §5.1
 */
export function parseForm(body: Buffer): Readonly<Record<string, string>> {
  const form: Record<string, string> = Object.create(null) as Record<string, string>
  const text = decode(body)
  for (const pair of text.split('&').filter((part) => part !== '')) {
    const [name = '', ...rest] = pair.split('=')
    const key = decodePart(name)
    // Attack: a field that comes twice is read differently by whoever stands in between.
    if (key in form) throw httpErrors.malformed_body({ internal: 'field_twice' })
    form[key] = decodePart(rest.join('='))
  }
  return form
}

function decodePart(part: string): string {
  try {
    const text = decodeURIComponent(part.replaceAll('+', ' '))
    if (text.includes('\0')) throw httpErrors.malformed_body({ internal: 'nul' })
    return text
  } catch (error) {
    throw httpErrors.malformed_body({ cause: error })
  }
}

function decode(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw httpErrors.malformed_body({ cause: error })
  }
}
