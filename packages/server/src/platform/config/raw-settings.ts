import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { closestName } from './closest-name.ts'
import type { ConfigSource } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import { type SettingName, settings } from './settings.ts'

/** A value before parsing. `text` comes from arguments and environment, `json` from the file. */
export interface RawValue {
  readonly form: 'text' | 'json'
  readonly value: unknown
  readonly source: ConfigSource
}

export type Environment = Readonly<Record<string, string | undefined>>

export interface RawSettings {
  readonly values: Map<SettingName, RawValue>
  readonly problems: ConfigProblem[]
}

/** Keys are setting names. An unknown one is refused too. */
export function readArguments(args: Readonly<Record<string, string>>): RawSettings {
  const raw = emptyRawSettings()
  for (const [name, value] of Object.entries(args)) {
    if (!isSettingName(name)) raw.problems.push(unknownName(name, settingNames))
    else if (settings[name].secret) raw.problems.push(secretArgument(name))
    else raw.values.set(name, { form: 'text', value, source: { kind: 'argument', name } })
  }
  return raw
}

/** An empty variable counts as not set, as `docker compose` passes unset ones that way. */
export function readEnvironment(env: Environment, cwd: string): RawSettings {
  const raw = emptyRawSettings()
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || !name.startsWith('COUNTERSIGN_')) continue
    if (name === CONFIG_FILE_VARIABLE || name.startsWith('COUNTERSIGN_TEST_')) continue
    const setting = settingByVariable.get(name)
    if (setting === undefined) {
      raw.problems.push(unknownName(name, [...settingByVariable.keys(), CONFIG_FILE_VARIABLE]))
    } else if (value !== '') {
      addVariable(raw, { ...setting, variable: name, value, cwd })
    }
  }
  return raw
}

/** Reads `COUNTERSIGN_CONFIG`, or `countersign.config.json` if that exists. */
export function readConfigFile(env: Environment, cwd: string): RawSettings {
  const raw = emptyRawSettings()
  const named = env[CONFIG_FILE_VARIABLE]
  const isNamed = named !== undefined && named !== ''
  const path = resolve(cwd, isNamed ? named : DEFAULT_CONFIG_FILE)
  const text = readText(path)
  if (text === undefined) {
    if (isNamed) raw.problems.push(unreadable(CONFIG_FILE_VARIABLE, path))
    return raw
  }
  const json = parseJsonObject(text)
  if (json === undefined) {
    raw.problems.push({
      setting: path,
      what: 'it is not a JSON object',
      fix: 'write one JSON object without comments',
      unsafe: false,
    })
    return raw
  }
  addFileMembers(raw, json, { prefix: '', path })
  return raw
}

function addVariable(
  raw: RawSettings,
  entry: { name: SettingName; variable: string; isFile: boolean; value: string; cwd: string },
): void {
  const { name, variable } = entry
  if (raw.values.has(name)) {
    raw.problems.push({
      setting: variable,
      what: `both ${settings[name].env} and its _FILE twin are set`,
      fix: 'set only one of them',
      unsafe: false,
    })
    return
  }
  if (!entry.isFile) {
    const source = { kind: 'environment', name: variable } as const
    raw.values.set(name, { form: 'text', value: entry.value, source })
    return
  }
  const path = resolve(entry.cwd, entry.value)
  const text = readText(path)
  if (text === undefined) {
    raw.problems.push(unreadable(variable, path))
    return
  }
  const source = { kind: 'secret_file', name: path } as const
  raw.values.set(name, { form: 'text', value: text.replace(/\r?\n$/, ''), source })
}

function addFileMembers(
  raw: RawSettings,
  object: Readonly<Record<string, unknown>>,
  at: { prefix: string; path: string },
): void {
  for (const [key, value] of Object.entries(object)) {
    const name = at.prefix + key
    if (name === '$schema') continue
    if (isSettingName(name)) {
      if (raw.values.has(name)) raw.problems.push(givenTwice(name, at.path))
      raw.values.set(name, { form: 'json', value, source: { kind: 'file', name: at.path } })
    } else if (isObject(value) && settingNames.some((known) => known.startsWith(`${name}.`))) {
      addFileMembers(raw, value, { prefix: `${name}.`, path: at.path })
    } else {
      raw.problems.push(unknownName(name, settingNames))
    }
  }
}

function unknownName(name: string, known: Iterable<string>): ConfigProblem {
  const closest = closestName(name, known)
  return {
    setting: name,
    what: 'there is no setting of this name',
    fix:
      closest === undefined
        ? 'remove it; `countersign config print` lists all settings'
        : `did you mean \`${closest}\`?`,
    unsafe: false,
  }
}

/** Arguments are readable by every user of the machine and stay in the shell's history. */
function secretArgument(name: SettingName): ConfigProblem {
  const { env } = settings[name]
  return {
    setting: name,
    what: 'a secret can not be given as an argument',
    fix: `set ${env} or ${env}_FILE`,
    unsafe: true,
  }
}

function givenTwice(name: string, path: string): ConfigProblem {
  const fix = 'write it once, either nested or with dots'
  return { setting: name, what: `it stands twice in ${path}`, fix, unsafe: false }
}

function unreadable(setting: string, path: string): ConfigProblem {
  const fix = 'check the path and that this user may read it (at most 64 KiB)'
  return { setting, what: `the file \`${path}\` can not be read`, fix, unsafe: false }
}

function readText(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return text.length <= MAX_FILE_CHARACTERS ? text : undefined
  } catch {
    // Missing, a folder, or forbidden: the caller reports the path.
    return undefined
  }
}

function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    // The parser's message quotes the text around the mistake, which may be a secret.
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name)
}

function emptyRawSettings(): RawSettings {
  return { values: new Map(), problems: [] }
}

const settingNames = Object.keys(settings) as SettingName[]

const settingByVariable = new Map<string, { name: SettingName; isFile: boolean }>()
for (const name of settingNames) {
  const { env, secret } = settings[name]
  settingByVariable.set(env, { name, isFile: false })
  if (secret) settingByVariable.set(`${env}_FILE`, { name, isFile: true })
}

export const CONFIG_FILE_VARIABLE = 'COUNTERSIGN_CONFIG'
export const DEFAULT_CONFIG_FILE = 'countersign.config.json'
const MAX_FILE_CHARACTERS = 65_536
