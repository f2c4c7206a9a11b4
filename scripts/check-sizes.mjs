// Sizes and names that no linter rule covers. Functions, parameters and nesting: .oxlintrc.json.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { repositoryRoot } from './process-environment.mjs'
import { repositoryFiles } from './repository-files.mjs'

const SOURCE_LIMIT = 300
const TEST_LIMIT = 400
const EXCEPTIONS_FILE = 'size-exceptions.json'

const CODE = /\.(?:[cm]?[jt]s|tsx)$/u
const GENERATED = /(?:^|\/)generated\/|\.generated\.ts$|\.d\.ts$/u
const TEST = /\.(?:test|contract)\.ts$|(?:^|\/)test\//u
const BANNED_NAMES = /^(?:helpers?|utils?|common|misc)(?:\.|$)/u
const NUMBERED_NAME = /(?:[2-9]|[.-]\d)(?=\.[cm]?[jt]sx?$)/u
const BANNER = /^\s*(?:\/\/|\/?\*)\s*(?:[-=*#~─═━]{4,}|#?region\b)/u

main()

function main() {
  const exceptions = readExceptions()
  const files = repositoryFiles().filter((file) => CODE.test(file) && !GENERATED.test(file))
  const problems = [
    ...files.flatMap((file) => problemsOfFile(file, exceptions[file])),
    ...files
      .filter((file) => files.includes(file.replace(NUMBERED_NAME, '')) && NUMBERED_NAME.test(file))
      .map((file) => `${file}: a second version of a file: name what differs`),
    ...problemsOfExceptions(exceptions, new Set(files)),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}

function problemsOfFile(file, exception) {
  const text = readFileSync(path.join(repositoryRoot, file), 'utf8')
  const problems = []
  const count = countCodeLines(text)
  const limit = exception?.lines ?? limitFor(file)
  if (count > limit) problems.push(`${file}: ${count} lines of code; the limit is ${limit}`)
  if (exception !== undefined && count <= limitFor(file)) {
    problems.push(`${file}: ${count} lines fit the limit: remove it from ${EXCEPTIONS_FILE}`)
  }

  const bannedPart = file.split('/').find((part) => BANNED_NAMES.test(part))
  if (bannedPart !== undefined) {
    problems.push(`${file}: \`${bannedPart}\` says nothing: name it after what it does`)
  }
  const banner = text.split('\n').findIndex((line) => BANNER.test(line))
  if (banner !== -1) problems.push(`${file}:${banner + 1}: a section banner: split the file`)
  return problems
}

function limitFor(file) {
  return TEST.test(file) ? TEST_LIMIT : SOURCE_LIMIT
}

/** Lines that are neither blank nor only comment. */
function countCodeLines(text) {
  let isInComment = false
  let count = 0
  for (const line of text.split('\n').map((raw) => raw.trim())) {
    const opens = !isInComment && line.startsWith('/*')
    const isComment = isInComment || opens || line.startsWith('//')
    if (line !== '' && !isComment) count += 1
    if (opens) isInComment = true
    if (isInComment && line.includes('*/')) isInComment = false
  }
  return count
}

function problemsOfExceptions(exceptions, files) {
  const before = previousExceptions()
  return Object.entries(exceptions).flatMap(([file, { lines, reason, table }]) => {
    if (!files.has(file)) return [`${EXCEPTIONS_FILE}: \`${file}\` does not exist`]
    if (!Number.isInteger(lines) || typeof reason !== 'string' || reason === '') {
      return [`${EXCEPTIONS_FILE}: \`${file}\` needs \`lines\` and a \`reason\``]
    }
    // A pure table (error catalogue, scope list) grows with the product; everything else shrinks.
    if (before === undefined || table === true) return []
    if (before[file] === undefined) return [`${EXCEPTIONS_FILE}: \`${file}\` is new: split it`]
    if (before[file].lines >= lines) return []
    return [`${EXCEPTIONS_FILE}: \`${file}\` grew from ${before[file].lines} to ${lines}`]
  })
}

/** The list before this change: of HEAD, or of its parent when the change is committed. */
function previousExceptions() {
  const current = JSON.stringify(readExceptions())
  const head = exceptionsAt('HEAD')
  return head !== undefined && JSON.stringify(head) === current ? exceptionsAt('HEAD~1') : head
}

function exceptionsAt(revision) {
  const shown = spawnSync('git', ['show', `${revision}:${EXCEPTIONS_FILE}`], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  return shown.status === 0 ? JSON.parse(shown.stdout) : undefined
}

function readExceptions() {
  return JSON.parse(readFileSync(path.join(repositoryRoot, EXCEPTIONS_FILE), 'utf8'))
}
