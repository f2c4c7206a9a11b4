import { presentPasswordPolicy } from '../domains/identity/index.ts'
import type { PasswordRules } from './design/password-field.ts'
import type { OpenPage } from './open-page.ts'

/** The rules of the tenant for a new password. */
export function passwordRulesOf({ visit }: Pick<OpenPage, 'visit'>): PasswordRules {
  const { minimum_characters, rules } = presentPasswordPolicy(visit.context.tenant.policy)
  return { minimumCharacters: minimum_characters, rules }
}
