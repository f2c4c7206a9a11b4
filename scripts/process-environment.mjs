import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/** A copy of the environment whose PATH starts with `directories`. Windows calls it `Path`. */
export function environmentWith(directories) {
  return withPath([...directories, ...searchPath()])
}

/** A copy of the environment without this repository's tools, and without what npm adds for us. */
export function environmentOutside() {
  const environment = withPath(outsideSearchPath())
  for (const name of NPM_NOISE) delete environment[name]
  return environment
}

/** The directories of PATH that are not inside some `node_modules`. */
export function outsideSearchPath() {
  return searchPath().filter((directory) => !directory.split(path.sep).includes('node_modules'))
}

// Set by an outer npm for itself; an inner `npm ci` would install elsewhere, or nothing.
const NPM_NOISE = [
  'npm_config_dry_run',
  'npm_config_global',
  'npm_config_local_prefix',
  'npm_config_location',
  'npm_config_omit',
  'npm_config_package_lock',
  'npm_config_prefix',
  'npm_config_production',
  'npm_config_workspace',
  'npm_config_workspaces',
]

function searchPath() {
  return (process.env[pathName()] ?? '').split(path.delimiter).filter((entry) => entry !== '')
}

function withPath(directories) {
  return { ...process.env, [pathName()]: directories.join(path.delimiter) }
}

function pathName() {
  return Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH'
}
