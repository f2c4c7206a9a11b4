import { describe, expect, it } from 'vitest'
import { createMetrics } from './index.ts'

const request = { method: 'GET', route: '/t/:tenant/x', status: 200, durationSeconds: 0.003 }

describe('metrics', () => {
  it('counts requests by route pattern, method and status, and how long they took', async () => {
    const metrics = createMetrics({ processMetrics: false })

    metrics.observeRequest(request)
    metrics.observeRequest(request)
    metrics.observeRequest({ ...request, status: 404, route: undefined })
    const text = await metrics.render()

    expect(text).toContain('http_requests_total{route="/t/:tenant/x",method="GET",status="200"} 2')
    expect(text).toContain('http_requests_total{route="unmatched",method="GET",status="404"} 1')
    expect(text).toContain(
      'http_request_duration_seconds_bucket{le="0.005",route="/t/:tenant/x",method="GET"} 2',
    )
    expect(metrics.contentType).toContain('text/plain')
  })

  it('does not let callers invent label values without end', async () => {
    const metrics = createMetrics({ processMetrics: false })

    for (let i = 0; i < 600; i++) {
      metrics.observeRequest({ ...request, route: `/${i}`, method: `M${i}` })
    }
    const series = (await metrics.render()).match(/^http_requests_total\{.*$/gm)

    expect(series).toHaveLength(501)
    expect(series?.at(-1)).toBe(
      'http_requests_total{route="other",method="other",status="200"} 100',
    )
  })

  it('counts sign-ins, refusals by rate limit and decisions without Redis', async () => {
    const metrics = createMetrics({ processMetrics: false })

    metrics.countSignIn('signed_in')
    metrics.countSignIn('refused')
    metrics.countRateLimited('login')
    metrics.countRateLimitFallback('login')
    const text = await metrics.render()

    expect(text).toContain('sign_in_total{outcome="signed_in"} 1')
    expect(text).toContain('sign_in_total{outcome="refused"} 1')
    expect(text).toContain('rate_limited_total{policy="login"} 1')
    expect(text).toContain('rate_limit_fallback_total{policy="login"} 1')
  })

  it('reads the password queue at every scrape', async () => {
    const metrics = createMetrics({ processMetrics: false })
    let queued = 1
    metrics.watchPasswordQueue(() => ({ queued, running: 2 }))

    expect(await metrics.render()).toContain('password_hash_queue{state="queued"} 1')
    queued = 7
    const text = await metrics.render()
    expect(text).toContain('password_hash_queue{state="queued"} 7')
    expect(text).toContain('password_hash_queue{state="running"} 2')
  })

  it('has the metrics of the process, and a registry of its own', async () => {
    expect(await createMetrics().render()).toContain('process_cpu_user_seconds_total')
    expect(await createMetrics().render()).toContain('nodejs_eventloop_lag_seconds')
  })
})
