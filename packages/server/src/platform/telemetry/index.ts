export { createLogger, type Logger, type LoggerOptions } from './logger.ts'
export type { LogFields } from './log-fields.ts'
export {
  createMetrics,
  type Metrics,
  type ObservedRequest,
  type PasswordQueueState,
  type SignInOutcome,
} from './metrics.ts'
