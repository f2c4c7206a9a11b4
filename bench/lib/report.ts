import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

export interface Measurement {
  readonly name: string
  /** What was measured, and against what, in words. */
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly reference: number
  readonly referenceName: string
  /** What the ratio is compared with; `at_most` for latencies. */
  readonly budget: { readonly at_least: number } | { readonly at_most: number }
  readonly notes?: string
}

export interface Measured extends Measurement {
  readonly ratio: number
  readonly withinBudget: boolean
}

export function judge(measurement: Measurement): Measured {
  const ratio = measurement.value / measurement.reference
  const { budget } = measurement
  const withinBudget = 'at_least' in budget ? ratio >= budget.at_least : ratio <= budget.at_most
  return { ...measurement, ratio, withinBudget }
}

export function formatLine(measured: Measured): string {
  const { name, value, unit, reference, referenceName, ratio, budget } = measured
  const sign = measured.withinBudget ? '✔' : '✖'
  const limit = 'at_least' in budget ? `≥ ${budget.at_least}` : `≤ ${budget.at_most}`
  const numbers = `${format(value)} ${unit}, ${referenceName} ${format(reference)}`
  return `${sign} ${name.padEnd(28)} ratio ${ratio.toFixed(2)} (budget ${limit})   ${numbers}`
}

/** Keeps the raw numbers with the machine and the versions that they were measured on. */
export function saveResults(suite: string, results: readonly Measured[]): void {
  mkdirSync(RESULTS, { recursive: true })
  const document = { suite, machine: describeMachine(), results }
  writeFileSync(`${RESULTS}/${suite}.json`, `${JSON.stringify(document, null, 2)}\n`)
}

/** Writes the table of all saved results between the markers of README.md. */
export function updateReadme(suites: readonly string[]): void {
  const rows = suites.flatMap((suite) => readResults(suite)).map(toRow)
  const table = ['| what | ratio | budget | measured |', '|---|---|---|---|', ...rows].join('\n')
  const text = readFileSync(README, 'utf8')
  const updated = text.replace(MARKED, `<!-- bench:begin -->\n${table}\n<!-- bench:end -->`)
  if (updated !== text) writeFileSync(README, updated)
}

function readResults(suite: string): readonly Measured[] {
  try {
    const text = readFileSync(`${RESULTS}/${suite}.json`, 'utf8')
    return (JSON.parse(text) as { results: Measured[] }).results
  } catch {
    // Not measured yet.
    return []
  }
}

function toRow({ what, ratio, budget, value, unit, reference, referenceName }: Measured): string {
  const limit = 'at_least' in budget ? `≥ ${budget.at_least}` : `≤ ${budget.at_most}`
  const measured = `${format(value)} ${unit}; ${referenceName}: ${format(reference)}`
  return `| ${what} | **${ratio.toFixed(2)}** | ${limit} | ${measured} |`
}

function format(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toFixed(value >= 10 ? 1 : 2)
}

function describeMachine(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim(),
  }
}

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const README = fileURLToPath(new URL('../../README.md', import.meta.url))
const MARKED = /<!-- bench:begin -->[\s\S]*?<!-- bench:end -->/
