export type { AuditEntry, AuditEvent, AuditOutcome } from './model.ts'
export { record, recordRefusal } from './record.ts'
export { insertAuditEvent } from './store.ts'
