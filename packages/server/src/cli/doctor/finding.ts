/** One line of the doctor. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'warning' | 'problem'
  readonly what: string
  /** Why it matters; for warnings and problems. */
  readonly why?: string
  readonly fix?: string
}

export function ok(check: string, what: string): Finding {
  return { check, level: 'ok', what }
}

export function warning(check: string, what: string, why: string, fix: string): Finding {
  return { check, level: 'warning', what, why, fix }
}

export function problem(check: string, what: string, why: string, fix: string): Finding {
  return { check, level: 'problem', what, why, fix }
}
