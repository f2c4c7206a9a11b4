import process from 'node:process'
import {
  ConfigError,
  findDeploymentProblems,
  type LoadedConfig,
  loadConfig,
} from '../../platform/config/index.ts'
import type { CliIo } from '../cli-io.ts'
import { type Finding, ok, problem } from './finding.ts'

export function checkRuntime(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isRecent = major > MINIMUM.major || (major === MINIMUM.major && minor >= MINIMUM.minor)
  if (isRecent) return ok('runtime', `Node.js ${version}`)
  return problem(
    'runtime',
    `Node.js ${version}`,
    'security fixes and features that the server relies on are missing',
    `install Node.js ${MINIMUM.major}.${MINIMUM.minor} or newer`,
  )
}

/** What `serve` would refuse, all at once; `loaded` is there when it could be read at all. */
export function checkConfiguration({ env, cwd }: CliIo): {
  readonly findings: readonly Finding[]
  readonly loaded: LoadedConfig | undefined
} {
  try {
    const loaded = loadConfig({ env, cwd, command: 'doctor' })
    const facts = { command: 'serve', env, sources: loaded.sources } as const
    const problems = findDeploymentProblems(loaded.config, facts)
    const findings = problems.map(({ setting, what, fix }) =>
      problem('configuration', `${setting}: ${what}`, '`serve` refuses to start', fix),
    )
    return { findings: findings.length > 0 ? findings : [ok('configuration', FIT)], loaded }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const findings = error.problems.map(({ setting, what, fix }) =>
      problem('configuration', `${setting}: ${what}`, 'no command starts with it', fix),
    )
    return { findings, loaded: undefined }
  }
}

const FIT = 'fit for `serve`'
const MINIMUM = { major: 22, minor: 18 }
