// package-lock.json says what every package.json says (else `npm ci` refuses), and names no host.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { repositoryRoot } from './process-environment.mjs'

const DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
]

const { packages } = read('package-lock.json')
const workspaces = Object.keys(packages).filter((name) => !name.includes('node_modules'))
const problems = [
  ...workspaces.flatMap((folder) => {
    const manifest = read(path.join(folder, 'package.json'))
    return DEPENDENCY_FIELDS.filter(
      (field) => !isDeepStrictEqual(manifest[field] ?? {}, packages[folder][field] ?? {}),
    ).map((field) => `${folder || '.'}/package.json: \`${field}\` changed: run \`npm install\``)
  }),
  ...Object.entries(packages)
    .filter(([, { resolved }]) => /^https?:/u.test(resolved ?? ''))
    .map(([name]) => `package-lock.json: \`${name}\` names the host it came from`),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1

function read(file) {
  return JSON.parse(readFileSync(path.join(repositoryRoot, file), 'utf8'))
}
