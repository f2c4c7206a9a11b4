import type { Setting } from './setting.ts'
import { type SettingName, settings } from './settings.ts'

type JsonSchema = Record<string, unknown>

/** JSON Schema (2020-12) of `countersign.config.json`, in both its flat and its nested form. */
export function configJsonSchema(): JsonSchema {
  const properties: Record<string, JsonSchema> = { $schema: { type: 'string' } }
  for (const name of Object.keys(settings) as SettingName[]) {
    const schema = describeSetting(settings[name])
    properties[name] = schema
    const dot = name.indexOf('.')
    if (dot === -1) continue
    const group = (properties[name.slice(0, dot)] ??= emptyObject())
    const members = group['properties'] as Record<string, JsonSchema>
    members[name.slice(dot + 1)] = schema
  }
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Countersign configuration',
    ...emptyObject(),
    properties,
  }
}

function describeSetting(setting: Setting<unknown>): JsonSchema {
  const schema = { ...setting.type.jsonSchema, description: setting.docs }
  const hasFixedDefault = setting.default !== undefined && setting.defaultText === undefined
  return hasFixedDefault ? { ...schema, default: setting.default } : schema
}

function emptyObject(): JsonSchema {
  return { type: 'object', additionalProperties: false, properties: {} }
}
