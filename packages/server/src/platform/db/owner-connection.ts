/** A connection as the owner of the schema. Text without values may have several statements. */
export interface OwnerConnection {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}
