/** As much of JSON Schema as our schemas use. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly format?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

export interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

export interface Answer {
  readonly status: string
  readonly description: string
  readonly contentType: string | undefined
  readonly schema: Schema | undefined
}

export interface Refusal {
  readonly status: string
  readonly code: string
  readonly title: string
}

export interface RateLimit {
  readonly requests: number
  readonly by: string
  readonly window_seconds?: number
}

export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly description: string | undefined
  readonly isPublic: boolean
  readonly permission: string | undefined
  readonly rateLimit: RateLimit | undefined
  readonly parameters: readonly Parameter[]
  readonly body: Schema | undefined
  readonly answers: readonly Answer[]
  readonly refusals: readonly Refusal[]
}

export interface OperationGroup {
  readonly name: string
  readonly description: string | undefined
  readonly operations: readonly Operation[]
}

export interface Reference {
  readonly title: string
  readonly version: string
  readonly description: string
  readonly serverUrl: string
  readonly groups: readonly OperationGroup[]
  readonly problem: Schema | undefined
}

/** What the reference shows, read from our own OpenAPI description. */
export function readReference(openApi: Record<string, unknown>): Reference {
  const source = openApi as unknown as OpenApi
  const operations = Object.entries(source.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      tag: operation.tags?.[0] ?? 'Other',
      operation: readOperation(path, method, operation),
    })),
  )
  const described = new Map((source.tags ?? []).map((tag) => [tag.name, tag.description]))
  const names = new Set([...described.keys(), ...operations.map(({ tag }) => tag)])
  const groups = [...names].map((name) => ({
    name,
    description: described.get(name),
    operations: operations.filter(({ tag }) => tag === name).map(({ operation }) => operation),
  }))
  return {
    title: source.info.title,
    version: source.info.version,
    description: source.info.description ?? '',
    serverUrl: source.servers?.[0]?.url ?? '',
    groups: groups.filter((group) => group.operations.length > 0),
    problem: source.components?.schemas?.['Problem'],
  }
}

function readOperation(path: string, method: string, operation: OpenApiOperation): Operation {
  const responses = Object.entries(operation.responses)
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    path,
    summary: operation.summary,
    description: operation.description,
    isPublic: operation.security?.length === 0,
    permission: operation['x-permission'],
    rateLimit: operation['x-rate-limit'],
    parameters: operation.parameters ?? [],
    body: operation.requestBody?.content['application/json']?.schema,
    answers: responses
      .filter(([, response]) => response.content?.[PROBLEM] === undefined)
      .map(([status, response]) => readAnswer(status, response)),
    refusals: responses.flatMap(([status, response]) => readRefusals(status, response)),
  }
}

function readAnswer(status: string, { description, content = {} }: OpenApiResponse): Answer {
  const [contentType, media] = Object.entries(content)[0] ?? []
  return { status, description, contentType, schema: media?.schema }
}

/** The description of a refusal lists its codes: `` `code`: Title. `other`: Title. `` */
function readRefusals(status: string, response: OpenApiResponse): Refusal[] {
  if (response.content?.[PROBLEM] === undefined) return []
  return [...response.description.matchAll(CODE_AND_TITLE)].map(([, code = '', title = '']) => ({
    status,
    code,
    title,
  }))
}

const PROBLEM = 'application/problem+json'
const CODE_AND_TITLE = /`(\w+)`: (.+?)\.?(?= `\w+`: |$)/g

interface OpenApi {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers?: readonly { readonly url: string }[]
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly security?: readonly unknown[]
  readonly 'x-permission'?: string
  readonly 'x-rate-limit'?: RateLimit
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema?: Schema }>>
  }
  readonly responses: Readonly<Record<string, OpenApiResponse>>
}

interface OpenApiResponse {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}
