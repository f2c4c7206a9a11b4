import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { requestObjectModules } from '../protocol/fapi2-message-signing/request-objects.ts'
import { requestModules as fapiRequestModules } from '../protocol/fapi2-security-profile/authorization-requests.ts'
import { dpopModules } from '../protocol/fapi2-security-profile/dpop.ts'
import { happyModules } from '../protocol/fapi2-security-profile/happy-flows.ts'
import { tokenModules } from '../protocol/fapi2-security-profile/token-requests.ts'
import { authenticationModules } from '../protocol/oidcc-basic/authentication.ts'
import { claimModules } from '../protocol/oidcc-basic/claims.ts'
import { requestModules } from '../protocol/oidcc-basic/requests.ts'
import { responseModules } from '../protocol/oidcc-basic/responses.ts'
import { logoutModules } from '../protocol/oidcc-logout/rp-initiated.ts'

const PROTOCOL = new URL('../protocol/', import.meta.url)
const page = readFileSync(
  new URL('../../../../docs/conformance.md', import.meta.url),
  'utf8',
)

const tables = [
  requestObjectModules,
  fapiRequestModules,
  dpopModules,
  happyModules,
  tokenModules,
  authenticationModules,
  claimModules,
  requestModules,
  responseModules,
  logoutModules,
]
const rows = [...page.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(([, module = '', how = '']) => ({
  module,
  how,
}))
const isApplicable = ({ how }: { how: string }) => !how.startsWith('not applicable: ')

function testedModules(): string[] {
  const titles = tables.flatMap((modules) => Object.keys(modules))
  return [...titles, ...titlesInTests()].map((title) => title.slice(0, title.indexOf(': ')))
}

function titlesInTests(): string[] {
  return sourcesOf('.test.ts').flatMap((text) =>
    [...text.matchAll(/ it\('((?:oidcc|fapi2)-[^']+)'/g)].map(([, title = '']) => title),
  )
}

function sourcesOf(ending: string): string[] {
  const folders = readdirSync(PROTOCOL).filter((name) => /^(?:oidcc|fapi2)-/.test(name))
  return folders.flatMap((folder) => {
    const url = new URL(`${folder}/`, PROTOCOL)
    const files = readdirSync(url).filter((file) => file.endsWith(ending))
    return files.map((file) => readFileSync(new URL(file, url), 'utf8'))
  })
}

it('shows every module that the page of the suite says is shown, and no other', () => {
  const shown = rows.filter(isApplicable).map(({ module }) => module)

  expect(shown.sort()).toEqual(testedModules().sort())
})

it('names each module once, and says of each that does not apply why', () => {
  expect(new Set(rows.map(({ module }) => module)).size).toBe(rows.length)
  for (const { how } of rows.filter((row) => !isApplicable(row))) {
    expect(how.length).toBeGreaterThan('not applicable: '.length + 20)
  }
})

it.each([
  ['oidcc-basic-certification-test-plan', 38],
  ['oidcc-config-certification-test-plan', 1],
  ['oidcc-rp-initiated-logout-certification-test-plan', 11],
  ['oidcc-backchannel-rp-initiated-logout-certification-test-plan', 2],
  ['fapi2-security-profile-final-test-plan', 62],
  ['fapi2-message-signing-final-test-plan', 16],
])('leaves no module of %s out', (plan, modules) => {
  const [, section = ''] = page.split(`## ${plan}\n`)
  const [own = ''] = section.split('\n## ')

  expect(own.match(/^\| `/gm)).toHaveLength(modules)
})

it('runs the modules of the basic plan with `form_post` too', () => {
  const [basic = '', formPost = ''] = ['oidcc-basic', 'oidcc-formpost-basic'].map((plan) =>
    readFileSync(new URL(`${plan}/${plan}.test.ts`, PROTOCOL), 'utf8'),
  )
  const run = (text: string) => text.match(/testModules\(\w+/g)

  expect(run(formPost)).toEqual(run(basic))
  expect(run(basic)).toHaveLength(4)
  expect(formPost).toContain("'form_post'")
})
