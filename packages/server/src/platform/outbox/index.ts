export { createOutbox, type Outbox, type OutboxOptions } from './create-outbox.ts'
