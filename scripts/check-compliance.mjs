// compliance/asvs.csv is complete, its evidence exists, and what is put off only becomes less.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { repositoryRoot } from './process-environment.mjs'

const FILE = 'compliance/asvs.csv'
const HEADER = 'id,level,applies,evidence,note'

/** SHA-256 of the lines `id,level` of ASVS 5.0, so that no requirement gets lost or relabelled. */
const REQUIREMENTS = 'd139a3559d35056c6d2841c613a38854e802881b42359ccb1cec067b7824bd36'

main()

function main() {
  const rows = parseCsv(read(FILE))
  const problems = [...problemsOfTable(rows), ...rows.flatMap(problemsOfRow), ...growth(rows)]
  for (const problem of problems) console.error(`${FILE}: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
}

function problemsOfTable(rows) {
  const listed = rows.map(({ id, level }) => `${id},${level}`).join('\n')
  const digest = createHash('sha256').update(listed).digest('hex')
  return digest === REQUIREMENTS
    ? []
    : ['the ids or levels are not those of ASVS 5.0, in its order']
}

function problemsOfRow({ id, applies, evidence, note }) {
  switch (applies) {
    case 'yes':
      if (evidence === '') return [`${id}: evidence is missing`]
      return evidence.split(' ; ').flatMap((reference) => problemsOfEvidence(id, reference))
    case 'no':
    case 'later':
      return note === '' ? [`${id}: \`${applies}\` needs a reason in \`note\``] : []
    default:
      return [`${id}: \`applies\` is yes, no or later, not \`${applies}\``]
  }
}

/** `path`, or `path#text` where the file must contain that text: a symbol or the name of a test. */
function problemsOfEvidence(id, reference) {
  const separator = reference.indexOf('#')
  const file = separator === -1 ? reference : reference.slice(0, separator)
  if (!existsSync(path.join(repositoryRoot, file))) return [`${id}: \`${file}\` does not exist`]
  const text = separator === -1 ? '' : reference.slice(separator + 1)
  return read(file).includes(text) ? [] : [`${id}: \`${file}\` does not contain \`${text}\``]
}

/** Compared with HEAD, or with its parent when the change is committed. */
function growth(rows) {
  const before = previousRows()
  if (before === undefined) return []
  const [was, is] = [before, rows].map((all) => all.filter((row) => row.applies === 'later').length)
  return is > was
    ? [`${is} requirements are put off; there were ${was}, and that may only shrink`]
    : []
}

function previousRows() {
  const head = textAt('HEAD')
  const text = head === read(FILE) ? textAt('HEAD~1') : head
  return text === undefined ? undefined : parseCsv(text)
}

function textAt(revision) {
  const shown = spawnSync('git', ['show', `${revision}:${FILE}`], {
    cwd: repositoryRoot,
    encoding: 'utf8',
  })
  return shown.status === 0 ? shown.stdout : undefined
}

function parseCsv(text) {
  const [header, ...lines] = text.trimEnd().split('\n')
  if (header !== HEADER) throw new Error(`${FILE}: the first line must be \`${HEADER}\``)
  return lines.map((line) => {
    const [id, level, applies, evidence, note] = parseLine(line)
    return { id, level, applies, evidence, note }
  })
}

/** RFC 4180, without line breaks inside of fields. */
function parseLine(line) {
  const fields = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/gu)
  return [...fields].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain)
}

function read(file) {
  return readFileSync(path.join(repositoryRoot, file), 'utf8')
}
