/**
 * Names that `dev --env` prints for resource servers. They may share our environment, so they are
 * not mistaken for misspelled settings of this server.
 */
export const RESOURCE_SERVER_SETTINGS = {
  issuer: 'COUNTERSIGN_ISSUER',
  audience: 'COUNTERSIGN_AUDIENCE',
} as const

export function withoutResourceServerSettings(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string | undefined>> {
  const names = new Set<string>(Object.values(RESOURCE_SERVER_SETTINGS))
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)))
}
