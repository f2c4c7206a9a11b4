import type { Operation, Schema } from './read-reference.ts'

/** A value that fits the schema, with names of people who do not exist. */
export function exampleOf(schema: Schema, name = ''): unknown {
  const known = KNOWN[name]
  if (schema.const !== undefined) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum !== undefined) return schema.enum[0]
  const choice = (schema.oneOf ?? schema.anyOf)?.[0]
  if (choice !== undefined) return exampleOf(choice, name)
  const type = [schema.type ?? 'object'].flat()[0]
  if (type === 'array') return [exampleOf(schema.items ?? {}, name.replace(/s$/, ''))]
  if (type === 'object') return exampleObject(schema, name)
  if (known !== undefined) return known
  if (type === 'boolean') return true
  if (type === 'integer' || type === 'number') return positiveNumber(schema)
  if (type === 'null') return null
  return schema.format === 'date-time' ? '2026-01-31T09:30:00.000Z' : '…'
}

/** The `id` of a member called `user` is shown as the `user_id` that it is. */
function exampleObject({ properties = {} }: Schema, parent: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [
      name,
      exampleOf(member, name === 'id' ? `${parent}_id` : name),
    ]),
  )
}

/** Without a useful lower bound: ten minutes, as most of our numbers are seconds. */
function positiveNumber({ minimum = 0 }: Schema): number {
  return minimum > 0 ? minimum : 600
}

/** A command that can be pasted into a shell, once the ids in it are one's own. */
export function curlOf(operation: Operation, serverUrl: string): string {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => KNOWN[name] ?? '…')
  const lines = [
    `curl ${operation.method === 'GET' ? '' : `-X ${operation.method} `}${serverUrl}${path}`,
    ...(operation.isPublic ? [] : ['-H "authorization: Bearer $TOKEN"']),
  ]
  if (operation.body !== undefined) {
    const body = JSON.stringify(exampleOf(requiredOnly(operation.body)), undefined, 2)
    lines.push(`-H 'content-type: application/json'`, `-d '${body.replaceAll("'", `'\\''`)}'`)
  }
  return lines.join(' \\\n  ')
}

/** The optional members only if none is required: an empty body would show nothing. */
function requiredOnly(schema: Schema): Schema {
  const { properties = {}, required = [] } = schema
  if (required.length === 0) return schema
  const members = Object.entries(properties).filter(([name]) => required.includes(name))
  return { ...schema, properties: Object.fromEntries(members) }
}

const KNOWN: Readonly<Record<string, string>> = {
  tenant: 'acme',
  email: 'ada@example.com',
  password: 'seven quiet lanterns',
  current_password: 'seven quiet lanterns',
  new_password: 'paper orbit violin',
  display_name: 'Ada Example',
  name: 'Acme',
  slug: 'acme',
  locale: 'en',
  role: 'admin',
  permission: 'users.read',
  token: 'the-token-of-the-message',
  access_token: 'eyJhbGciOiJFUzI1NiIs…',
  user_id: 'usr_01kb2m3n4p5q6r7s8t9v0w1x2y',
  session_id: 'ses_01kb2m3n4p5q6r7s8t9v0w1x2y',
  tenant_id: 'ten_01kb2m3n4p5q6r7s8t9v0w1x2y',
  request_id: 'req_01kb2m3n4p5q6r7s8t9v0w1x2y',
  key_id: '7Qm2kfJw0bqN',
  kid: '7Qm2kfJw0bqN',
  ip: '203.0.113.7',
  source_ip: '203.0.113.7',
  device_label: 'Firefox on Linux',
}
