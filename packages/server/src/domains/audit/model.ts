import type { EventId, TenantId } from '../../kernel/index.ts'

export type AuditOutcome = 'success' | 'refused'

/** What happened to what. Who, when and where come from the request context. */
export interface AuditEntry {
  /** `noun.verb_in_past`, registered in the domain's `audit-events.ts`. */
  readonly action: string
  readonly outcome: AuditOutcome
  readonly target?: { readonly kind: string; readonly id: string }
  /** Who did it, where that is not the context's principal (a sign-in, for example). */
  readonly actor?: { readonly userId: string }
  readonly sessionId?: string
  /**
   * Facts that explain the decision. WARNING: never a secret, never an address or a name; the
   * trail can't be rewritten.
   */
  readonly details?: Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/** The same, done to many at once. */
export interface AuditEntryOfMany extends Omit<AuditEntry, 'target' | 'outcome'> {
  readonly outcome: 'success'
  readonly targets: { readonly kind: string; readonly ids: readonly string[] }
}

export interface AuditEvent extends AuditEntry {
  readonly id: EventId
  readonly tenantId: TenantId
  readonly occurredAt: Date
  readonly actorKind: 'user' | 'system' | 'anonymous'
  readonly actorId: string | undefined
  readonly requestId: string
  readonly sourceIp: string
}
