import { expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { hours, milliseconds, newId, type RequestContext, seconds } from '../../kernel/index.ts'
import { createHttpRiskProvider } from './http-provider.ts'

/** I11: a clock that steps back makes no answer last longer. */
it('asks again when the clock has stepped back behind the answer', async () => {
  const clock = new FakeClock()
  let level = 'low'
  const provider = createHttpRiskProvider({
    egress: {
      post: async () => ({
        status: 200,
        headers: {},
        body: Buffer.from(JSON.stringify({ level })),
      }),
    },
    url: 'https://risk.test/',
    key: undefined,
    timeout: seconds(1),
  })
  const context = {
    requestId: newId('req'),
    tenant: { slug: 'acme' },
    source: { ip: '192.0.2.1', userAgent: 'test' },
    clock,
  } as unknown as RequestContext
  const ask = () => provider.assess(context, { event: 'cookie', amr: [], signals: [] })
  expect((await ask()).level).toBe('low')
  level = 'high'
  expect((await ask()).level).toBe('low')

  clock.advance(milliseconds(-hours(1).milliseconds))

  expect((await ask()).level).toBe('high')
})
