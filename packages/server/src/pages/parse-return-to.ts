/**
 * Where a sign-in may lead to: a page of the same tenant that waits for it, and nothing else.
 *
 * SECURITY: open redirects. Attack: a link to our own sign-in page, which is trusted, leads on to a
 * false one. So it is no address that we judge but a path that we recognise, letter by letter:
 * neither host nor backslash nor dot nor percent sign in the path can be part of it.
 */
export function parseReturnTo(text: string | undefined, prefix: string): string | undefined {
  if (text === undefined || text.length > 2000 || !text.startsWith(`${prefix}/`)) return undefined
  return PAGE_THAT_WAITS.test(text.slice(prefix.length)) ? text : undefined
}

const PAGE_THAT_WAITS =
  /^\/(?:interaction|account|oauth\/device)(?:\/[A-Za-z0-9_-]{1,128}){0,4}(?:\?[A-Za-z0-9_.~%=&+:-]{1,1500})?$/
