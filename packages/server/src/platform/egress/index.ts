export {
  createEgress,
  type Egress,
  type EgressAnswer,
  type EgressOptions,
  type EgressRequest,
} from './create-egress.ts'
export { EgressError, type EgressFailure } from './egress-error.ts'
