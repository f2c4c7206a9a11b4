import type { Route } from './define-route.ts'
import { toJsonSchema } from './json-schema.ts'

/**
 * JSON Schemas for Fastify's serialiser. It writes declared members only, so that a column that a
 * store begins to return does not leave the server by accident (ASVS 15.3.1).
 */
export function responseSchemas(route: Route): Record<string, unknown> {
  const schemas: Record<string, unknown> = {}
  for (const [status, response] of Object.entries(route.responses)) {
    if (response.schema !== undefined) schemas[status] = toJsonSchema(response.schema)
  }
  return schemas
}
