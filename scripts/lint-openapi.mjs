// The published OpenAPI description against the recommended rules: no errors, no warnings.
import path from 'node:path'
import process from 'node:process'
import { createConfig, lint } from '@redocly/openapi-core'
import { repositoryRoot } from './process-environment.mjs'

const DESCRIPTION = 'docs/reference/openapi.json'

const config = await createConfig({ extends: ['recommended'] })
const problems = await lint({ ref: path.join(repositoryRoot, DESCRIPTION), config })
for (const { severity, ruleId, message, location } of problems) {
  console.error(`${DESCRIPTION}${location[0]?.pointer ?? ''}: ${severity} ${ruleId}: ${message}`)
}
if (problems.length > 0) process.exitCode = 1
