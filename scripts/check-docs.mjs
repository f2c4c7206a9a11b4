// Relative links in Markdown resolve, excerpts say what their files say, and nothing refers to the
// machine it was written on.
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { repositoryRoot } from './process-environment.mjs'
import { repositoryFiles } from './repository-files.mjs'

const TEXT = /\.(?:md|json|jsonc|[cm]?[jt]s|tsx|html|css|sql|ya?ml|toml|txt|csv|sh|py|rs)$|^[^.]+$/u
const LINK = /\[[^\]]*\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/gmu
const FENCE = /^(?<fence>```+|~~~+)[\s\S]*?^\k<fence>/gmu
// A comment names the file that the code block after it is taken from.
const EXCERPT = /^<!-- from (\S+) -->\n```\w*\n([\s\S]*?)^```/gmu

// Put together from parts, so that this file does not match itself.
const MACHINE_PATHS = [['', 'work', ''].join('/'), ['..', 'shared'].join('/')]

main()

function main() {
  const files = repositoryFiles()
  const problems = [
    ...files.filter((file) => file.endsWith('.md')).flatMap(brokenLinks),
    ...files.filter((file) => file.endsWith('.md')).flatMap(driftedExcerpts),
    ...files.filter((file) => TEXT.test(file) || isPlain(file)).flatMap(machineReferences),
  ]
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}

function isPlain(file) {
  return file.startsWith('.ci/') || path.basename(file) === '.npmrc'
}

function brokenLinks(file) {
  const text = read(file).replaceAll(FENCE, '')
  return [...text.matchAll(LINK)]
    .map((match) => match[1] ?? match[2])
    .filter((link) => !/^[a-z][a-z\d+.-]*:/iu.test(link))
    .flatMap((link) => problemOfLink(file, link))
}

function problemOfLink(file, link) {
  const [target, anchor] = link.split('#')
  const resolved = target === '' ? file : path.join(path.dirname(file), decodeURI(target))
  if (!existsSync(path.join(repositoryRoot, resolved))) {
    return [`${file}: the link \`${link}\` leads nowhere`]
  }
  if (anchor === undefined || anchor === '' || !resolved.endsWith('.md')) return []
  return anchorsOf(resolved).has(anchor) ? [] : [`${file}: no heading for \`${link}\``]
}

/** Anchors the way GitHub makes them: lower case, no punctuation, hyphens, a number if repeated. */
function anchorsOf(file) {
  const text = read(file).replaceAll(FENCE, '')
  const anchors = new Set([...text.matchAll(/<a (?:id|name)="([^"]+)"/gu)].map((match) => match[1]))
  for (const [, heading] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gmu)) {
    const base = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/gu, '-')
    let anchor = base
    for (let repeat = 1; anchors.has(anchor); repeat += 1) anchor = `${base}-${repeat}`
    anchors.add(anchor)
  }
  return anchors
}

/** Code in a how-to is code that runs: whole lines of the file, in their order. */
function driftedExcerpts(file) {
  return [...read(file).matchAll(EXCERPT)].flatMap(([, source, excerpt]) => {
    if (!existsSync(path.join(repositoryRoot, source)))
      return [`${file}: there is no \`${source}\``]
    if (unindented(read(source)).includes(unindented(excerpt))) return []
    const [first] = excerpt.split('\n')
    return [`${file}: the block \`${first}\` is not what ${source} says`]
  })
}

function unindented(text) {
  return `\n${text}`.replaceAll(/^[ \t]+/gmu, '')
}

function machineReferences(file) {
  const text = read(file)
  return [...MACHINE_PATHS, ...privateRegistryHosts()]
    .filter((needle) => text.includes(needle))
    .map((needle) => {
      const line = text.slice(0, text.indexOf(needle)).split('\n').length
      return `${file}:${line}: refers to \`${needle}\`, which exists on one machine only`
    })
}

/** The registry of whoever runs this, when it is not the public one: it must not leak. */
function privateRegistryHosts() {
  const registry = process.env.npm_config_registry
  if (registry === undefined || !URL.canParse(registry)) return []
  const { host } = new URL(registry)
  return host === 'registry.npmjs.org' || host === '' ? [] : [host]
}

function read(file) {
  return readFileSync(path.join(repositoryRoot, file), 'utf8')
}
