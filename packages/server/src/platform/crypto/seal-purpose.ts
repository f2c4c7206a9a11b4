/** What a sealed value is bound to. It opens only for the same three. */
export interface SealPurpose {
  /** Kind of the value: `signing_key`, `refresh_successor`. */
  readonly purpose: string
  readonly tenant: string
  /** The row or person that it belongs to. */
  readonly subject: string
}

/** A sealed value did not open. Why is not told: it would help to forge. */
export class UnsealError extends Error {
  constructor() {
    super('sealed value can not be opened')
    this.name = 'UnsealError'
  }
}

/** A JSON array, so that no two purposes give the same bytes. */
export function encodeSealPurpose({ purpose, tenant, subject }: SealPurpose): Buffer {
  return Buffer.from(JSON.stringify([purpose, tenant, subject]))
}
