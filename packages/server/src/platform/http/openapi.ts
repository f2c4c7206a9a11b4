import { type ErrorFactory, toSeconds } from '../../kernel/index.ts'
import { isIdempotent, type ResponseDefinition, type Route } from './define-route.ts'
import { errorsOf } from './implied-errors.ts'
import { toJsonSchema } from './json-schema.ts'

export interface OpenApiOptions {
  readonly version: string
  readonly baseUrl: string
  readonly permissionDenied: ErrorFactory
  /** What each tag is about, in the order in which they are shown. */
  readonly tags: readonly { readonly name: string; readonly description: string }[]
}

type Json = Record<string, unknown>

/** The OpenAPI 3.1 description of the routes, made from the same declarations that serve them. */
export function describeRoutes(routes: readonly Route[], options: OpenApiOptions): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version: options.version,
      description:
        'Identity and access for many tenants. Every refusal is `application/problem+json` (RFC 9457) with a stable `code`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: options.baseUrl, description: 'This server' }],
    tags: options.tags,
    security: [],
    paths: describePaths(routes, options),
    components: {
      securitySchemes: SECURITY_SCHEMES,
      schemas: { Problem: PROBLEM_SCHEMA },
    },
  }
}

function describePaths(routes: readonly Route[], options: OpenApiOptions): Json {
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.operatorOnly === true ? route.path : `/t/{tenant}${route.path}`
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: describeOperation(route, options),
    }
  }
  return paths
}

function describeOperation(route: Route, options: OpenApiOptions): Json {
  const tenant = route.operatorOnly === true ? [] : [TENANT_PARAMETER]
  return {
    operationId: route.id,
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    tags: [route.tag],
    security: securityOf(route),
    ...(route.auth.kind === 'permission' ? { 'x-permission': route.auth.permission } : {}),
    'x-rate-limit': {
      requests: route.rateLimit.limit,
      window_seconds: toSeconds(route.rateLimit.window),
      by: route.rateLimit.by,
    },
    parameters: [
      ...tenant,
      ...parametersIn(route.params, 'path'),
      ...parametersIn(route.query, 'query'),
      ...(route.isConditional === true ? [IF_MATCH_PARAMETER] : []),
      ...(isIdempotent(route) ? [IDEMPOTENCY_KEY_PARAMETER] : []),
    ],
    ...(route.body === undefined ? {} : { requestBody: describeBody(route.body) }),
    responses: {
      ...describeAnswers(route),
      ...describeErrors(errorsOf(route, options.permissionDenied)),
    },
  }
}

function securityOf({ auth }: Route): readonly Json[] {
  switch (auth.kind) {
    case 'public':
      return []
    case 'client':
      return auth.scopes.map((scope) => ({ clientToken: [scope] }))
    case 'user':
    case 'permission':
      return SECURITY
  }
}

function describeBody(schema: NonNullable<Route['body']>): Json {
  return {
    required: true,
    content: { 'application/json': { schema: toJsonSchema(schema, 'input') } },
  }
}

function describeAnswers(route: Route): Json {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, response]) => [status, describeAnswer(response)]),
  )
}

function describeAnswer({ description, schema, contentType }: ResponseDefinition): Json {
  if (schema === undefined) return { description }
  const type = contentType ?? 'application/json'
  return { description, content: { [type]: { schema: toJsonSchema(schema) } } }
}

function describeErrors(errors: readonly ErrorFactory[]): Json {
  const byStatus = Map.groupBy(errors, (factory) => factory.definition.status)
  return Object.fromEntries(
    [...byStatus].map(([status, factories]) => [String(status), describeError(factories)]),
  )
}

function describeError(factories: readonly ErrorFactory[]): Json {
  const lines = factories.map((factory) => `\`${factory.code}\`: ${factory.definition.title}.`)
  const codes = factories.map((factory) => factory.code)
  const schema = {
    allOf: [
      { $ref: '#/components/schemas/Problem' },
      { type: 'object', properties: { code: { enum: codes } } },
    ],
  }
  return { description: lines.join(' '), content: { 'application/problem+json': { schema } } }
}

function parametersIn(schema: Route['params'], place: 'path' | 'query'): Json[] {
  if (schema === undefined) return []
  const json = toJsonSchema(schema, 'input')
  const required = new Set((json['required'] as string[] | undefined) ?? [])
  return Object.entries((json['properties'] as Record<string, Json> | undefined) ?? {}).map(
    ([name, member]) => ({
      name,
      in: place,
      required: place === 'path' || required.has(name),
      schema: member,
    }),
  )
}

const SECURITY = [{ accessToken: [] }, { sessionCookie: [] }]

const SECURITY_SCHEMES = {
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT (RFC 9068)' },
  clientToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT (RFC 9068)',
    description: 'Of an OAuth client, by its own grant (`client_credentials`).',
  },
  sessionCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-cs_{tenant}_session',
    description: 'Unsafe requests also need `X-CSRF-Token`.',
  },
}

const TENANT_PARAMETER = {
  name: 'tenant',
  in: 'path',
  required: true,
  description: 'Slug of the tenant.',
  schema: { type: 'string', pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' },
}

const IF_MATCH_PARAMETER = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The `ETag` of the answer that the change is made from (RFC 9110).',
  schema: { type: 'string' },
}

const IDEMPOTENCY_KEY_PARAMETER = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Names this request. Sent again within 24 hours with the same content, it does nothing and has ' +
    'the first answer, with `Idempotency-Replayed: true`.',
  schema: { type: 'string', minLength: 1, maxLength: 257 },
}

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Why a request was refused (RFC 9457).',
  required: ['type', 'title', 'status', 'code', 'instance', 'request_id'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable; see the error reference.' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) into the request.' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
      },
    },
  },
}
