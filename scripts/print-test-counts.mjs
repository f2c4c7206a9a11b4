// Prints how many tests passed and failed, from the JSON that vitest wrote, as one last line.
import { readFileSync } from 'node:fs'
import process from 'node:process'

const [file] = process.argv.slice(2)

try {
  const { numPassedTests, numFailedTests, numPendingTests, testResults, success } = JSON.parse(
    readFileSync(file, 'utf8'),
  )
  // A file that does not even load has no failed test, but it must not look like a success.
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const failed = numFailedTests + brokenFiles.length
  if (brokenFiles.length > 0) console.log(`${brokenFiles.length} test files could not be loaded`)
  if (!success) process.exitCode = 1
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''
  console.log(`tests: ${numPassedTests} passed, ${failed} failed${skipped}`)
} catch (error) {
  console.error(`no test results in ${file}: ${error.message}`)
  process.exitCode = 1
}
