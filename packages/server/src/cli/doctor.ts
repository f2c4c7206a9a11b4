import type { Config } from '../platform/config/index.ts'
import type { CliIo } from './cli-io.ts'
import { checkConfiguration, checkRuntime } from './doctor/check-configuration.ts'
import { checkDatabase } from './doctor/check-database.ts'
import { checkMasterKey } from './doctor/check-master-key.ts'
import { checkPasswordCost } from './doctor/check-password-cost.ts'
import { checkMail, checkRedis } from './doctor/check-services.ts'
import { type Finding, warning } from './doctor/finding.ts'
import { EXIT } from './exit-code.ts'
import { type CommandCall, runCommand } from './run-command.ts'
import type { Style } from './style.ts'

/** Looks at everything that the server depends on, and changes nothing. */
export function doctor(io: CliIo, args: readonly string[]): Promise<number> {
  return runCommand(io, args, SPEC, examine)
}

const SPEC = {
  name: 'countersign doctor',
  summary: 'Checks the installation; ends with 1 if there is a problem.',
  options: {},
} as const

async function examine({ io, print, style }: CommandCall<Record<never, never>>): Promise<number> {
  const { findings: configuration, loaded } = checkConfiguration(io)
  const findings = [
    checkRuntime(),
    ...configuration,
    ...(loaded === undefined ? [] : await checkSurroundings(loaded.config, io)),
  ]
  print(`${findings.map((finding) => renderFinding(finding, style)).join('\n')}\n`, { findings })
  return findings.some(({ level }) => level === 'problem') ? EXIT.failed : EXIT.ok
}

async function checkSurroundings(config: Config, io: CliIo): Promise<Finding[]> {
  const services = Promise.all([checkMail(config), checkRedis(config)])
  const database = await checkData(config, io)
  const [mail, redis] = await services
  // Last and alone, so that nothing else is measured.
  return [...database, mail, ...redis, await checkPasswordCost(config.passwords)]
}

async function checkData(config: Config, { clock }: CliIo): Promise<readonly Finding[]> {
  if (config.database.kind === 'embedded') return [EMBEDDED]
  const findings = await checkDatabase(config.database.url, clock)
  const isSound = findings.every(({ level }) => level !== 'problem')
  return isSound ? [...findings, await checkMasterKey(config, clock)] : findings
}

function renderFinding({ level, check, what, why, fix }: Finding, style: Style): string {
  const line = `${MARKS[level](style)} ${check.padEnd(14)} ${what}`
  const more = [why === undefined ? [] : [`why: ${why}`], fix === undefined ? [] : [`fix: ${fix}`]]
  return [line, ...more.flat().map((text) => `                 ${text}`)].join('\n')
}

const MARKS = {
  ok: (style: Style) => style.green('✔'),
  warning: (style: Style) => style.yellow('⚠'),
  problem: (style: Style) => style.red('✖'),
}

const EMBEDDED = warning(
  'database',
  'no database server is configured',
  'the embedded database is for development: it can lose data in a power failure',
  'set COUNTERSIGN_DATABASE_URL',
)
