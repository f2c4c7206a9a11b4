// Every check of the repository, in order. `--only a,b` runs some, `--except a,b` leaves some out.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { repositoryRoot } from './process-environment.mjs'

const TYPE_CHECKED_FOLDERS = [
  'packages/verify',
  'packages/server',
  'examples/notes-api',
  'examples/relying-parties',
  'bench',
  'scripts',
]

const steps = [
  { name: 'format', commands: [tool('@biomejs/biome', 'biome', ['format', '.'])] },
  {
    name: 'lint',
    commands: [
      tool('oxlint', 'oxlint', ['--type-aware', '--deny-warnings', '--disable-nested-config']),
    ],
  },
  {
    name: 'types',
    commands: [
      tool('typescript', 'tsc', ['-b']),
      ...TYPE_CHECKED_FOLDERS.filter(hasTypeScript).map((folder) =>
        tool('typescript', 'tsc', ['--noEmit', '-p', folder]),
      ),
    ],
  },
  {
    name: 'boundaries',
    commands: [
      tool('dependency-cruiser', 'depcruise', [
        '--config=.dependency-cruiser.cjs',
        'packages',
        'examples',
        'bench',
      ]),
    ],
  },
  { name: 'dead-code', commands: [tool('knip', 'knip', ['--no-progress'])] },
  { name: 'sizes', commands: [script('check-sizes.mjs')] },
  { name: 'lockfile', commands: [script('check-lockfile.mjs')] },
  { name: 'tests', commands: [tool('vitest', 'vitest', ['run', '--coverage'])] },
  {
    name: 'docs',
    commands: [script('check-docs.mjs'), script('check-compliance.mjs'), ...generatedDocs()],
  },
  { name: 'openapi', commands: [script('lint-openapi.mjs')] },
]

await main()

async function main() {
  const selected = selectSteps()
  const failed = []
  for (const step of selected) {
    if (!(await runStep(step))) failed.push(step.name)
  }
  if (failed.length > 0) {
    console.log(`\n✖ failed: ${failed.join(', ')}`)
    process.exitCode = 1
    return
  }
  console.log(`\n✔ ${selected.length} checks passed`)
}

function selectSteps() {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, except: { type: 'string' } },
  })
  const only = values.only?.split(',')
  const except = values.except?.split(',') ?? []
  const names = steps.map((step) => step.name)
  const unknown = [...(only ?? []), ...except].filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    console.error(`unknown step \`${unknown.join('`, `')}\`: the steps are ${names.join(', ')}`)
    process.exit(2)
  }
  return steps.filter(({ name }) => (only?.includes(name) ?? true) && !except.includes(name))
}

async function runStep(step) {
  const startedAt = performance.now()
  const failures = []
  for (const command of step.commands) {
    const result = await run(command)
    if (result.code !== 0) failures.push(result.output)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const mark = failures.length === 0 ? '✔' : '✖'
  console.log(`${mark} ${step.name.padEnd(12)} ${seconds.padStart(6)} s`)
  for (const output of new Set(failures)) console.log(`\n${output.trimEnd()}\n`)
  return failures.length === 0
}

function run(nodeArguments) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, nodeArguments, {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Arguments that make Node run a package's command; needs no shell, so it works on Windows too. */
function tool(packageName, command, options) {
  const folder = path.join(repositoryRoot, 'node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return [path.join(folder, typeof bin === 'string' ? bin : bin[command]), ...options]
}

function script(name, ...options) {
  return [path.join(repositoryRoot, 'scripts', name), ...options]
}

function generatedDocs() {
  const generator = path.join(repositoryRoot, 'scripts', 'generate-docs.ts')
  return existsSync(generator) ? [['--conditions=source', generator, '--check']] : []
}

function hasTypeScript(folder) {
  return existsSync(path.join(repositoryRoot, folder, 'tsconfig.json'))
}
