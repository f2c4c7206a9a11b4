import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export type SignInOutcome = 'signed_in' | 'step_required' | 'refused' | 'locked' | 'failed'

export interface ObservedRequest {
  readonly method: string
  /** Pattern of the route; undefined where none matched. */
  readonly route: string | undefined
  readonly status: number
  readonly durationSeconds: number
}

export interface PasswordQueueState {
  readonly queued: number
  readonly running: number
}

/** What is measured. No label ever carries a tenant, a person or anything a caller invents. */
export interface Metrics {
  observeRequest(request: ObservedRequest): void
  countSignIn(outcome: SignInOutcome): void
  /** A rate limit was decided without Redis. */
  countRateLimitFallback(policyName: string): void
  countRateLimited(policyName: string): void
  /** Asked at every scrape. */
  watchPasswordQueue(read: () => PasswordQueueState): void
  /** Text exposition for /metrics. */
  render(): Promise<string>
  readonly contentType: string
}

export interface MetricsOptions {
  /** Event loop, memory, garbage collection; default true. */
  readonly processMetrics?: boolean
}

export function createMetrics({ processMetrics = true }: MetricsOptions = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  if (processMetrics) collectDefaultMetrics({ register: registry })
  const requests = createRequestMetrics(registers)
  const signIns = new Counter({
    name: 'sign_in_total',
    help: 'Sign-in attempts by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  const rateLimited = createPolicyCounter('rate_limited_total', RATE_LIMITED_HELP, registers)
  const fallbacks = createPolicyCounter('rate_limit_fallback_total', FALLBACK_HELP, registers)
  return {
    ...requests,
    countSignIn: (outcome) => signIns.inc({ outcome }),
    countRateLimited: (policy) => rateLimited.inc({ policy }),
    countRateLimitFallback: (policy) => fallbacks.inc({ policy }),
    watchPasswordQueue: (read) => watchPasswordQueue(read, registers),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function createRequestMetrics(registers: Registry[]): Pick<Metrics, 'observeRequest'> {
  const total = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests by route pattern, method and status.',
    labelNames: ['route', 'method', 'status'],
    registers,
  })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of the answer.',
    labelNames: ['route', 'method'],
    buckets: DURATION_BUCKETS,
    registers,
  })
  const routes = new Set<string>()
  return {
    observeRequest: (request) => {
      const method = METHODS.has(request.method) ? request.method : 'other'
      const route = boundedRoute(routes, request.route)
      total.inc({ route, method, status: String(request.status) })
      duration.observe({ route, method }, request.durationSeconds)
    },
  }
}

/** Attack: a caller who can invent label values fills the memory with time series. */
function boundedRoute(known: Set<string>, route: string | undefined): string {
  if (route === undefined) return 'unmatched'
  if (!known.has(route)) {
    if (known.size >= MAX_ROUTES) return 'other'
    known.add(route)
  }
  return route
}

function createPolicyCounter(name: string, help: string, registers: Registry[]): Counter<'policy'> {
  return new Counter({ name, help, labelNames: ['policy'], registers })
}

function watchPasswordQueue(read: () => PasswordQueueState, registers: Registry[]): void {
  const gauge: Gauge<'state'> = new Gauge({
    name: 'password_hash_queue',
    help: 'Password hashes that wait or are being computed.',
    labelNames: ['state'],
    registers,
    collect: () => {
      const { queued, running } = read()
      gauge.set({ state: 'queued' }, queued)
      gauge.set({ state: 'running' }, running)
    },
  })
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const MAX_ROUTES = 500
const DURATION_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
const RATE_LIMITED_HELP = 'Requests refused by a rate limit.'
const FALLBACK_HELP = 'Rate limits decided in memory because Redis could not be reached.'
