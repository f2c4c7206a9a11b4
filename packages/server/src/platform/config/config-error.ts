/** One thing that is wrong with the configuration. Never contains the value of a secret. */
export interface ConfigProblem {
  /** The setting or variable it is about. */
  readonly setting: string
  readonly what: string
  readonly fix: string
  /** The value was understood and would be dangerous, rather than being absent or malformed. */
  readonly unsafe: boolean
}

/** All problems of a configuration at once. The process must not start. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[]
  /** 64 when at least one problem is a refusal for safety, else 2 (usage). */
  readonly exitCode: 2 | 64

  constructor(problems: readonly ConfigProblem[]) {
    super(['configuration refused', ...problems.map(describeProblem)].join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
    this.exitCode = problems.some((problem) => problem.unsafe) ? 64 : 2
  }
}

function describeProblem(problem: ConfigProblem): string {
  return `  ✖ ${problem.setting}: ${problem.what}\n    fix: ${problem.fix}`
}
