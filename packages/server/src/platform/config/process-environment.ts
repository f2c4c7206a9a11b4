import type { Environment } from './raw-settings.ts'

/** The environment of this process; the command line is given it as a value. */
export function processEnvironment(): Environment {
  return process.env
}
