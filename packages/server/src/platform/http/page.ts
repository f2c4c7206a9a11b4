import { z } from 'zod'

/** Query of a list: `?limit=50&after=<cursor>`. A cursor is the id of the last item seen. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  after: z.string().max(100).optional(),
})

/** `{ data, next }`: `next` is the cursor of the following page, absent on the last one. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), next: z.string().optional() })
}

/** Makes a page from `limit + 1` items: the one too many shows that there is more. */
export function toPage<T extends { readonly id: string }>(
  items: readonly T[],
  limit: number,
): { items: readonly T[]; next: string | undefined } {
  const page = items.slice(0, limit)
  return { items: page, next: items.length > limit ? page.at(-1)?.id : undefined }
}
