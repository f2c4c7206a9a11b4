import { z } from 'zod'

/** Draft 7 without `$schema`: understood by Fastify's serialiser and by OpenAPI 3.1. */
export function toJsonSchema(
  schema: z.ZodType,
  io: 'input' | 'output' = 'output',
): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io,
    unrepresentable: 'any',
  })
  return rest as Record<string, unknown>
}
