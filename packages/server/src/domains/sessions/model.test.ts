import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds, type TenantPolicy } from '../../kernel/index.ts'
import { idleLimit, touchInterval } from './model.ts'

const policy = (cookieIdle: TenantPolicy['cookieIdle']) =>
  ({ cookieIdle, sessionIdle: hours(24) }) as TenantPolicy

describe('the idle limit', () => {
  it('is that of the transport', () => {
    expect(idleLimit('cookie', policy(hours(1)))).toEqual(hours(1))
    expect(idleLimit('bearer', policy(hours(1)))).toEqual(hours(24))
  })

  it('is moved once a minute, or more often where it is short', () => {
    expect(touchInterval(policy(hours(1)))).toEqual(minutes(1))
    expect(touchInterval(policy(seconds(60)))).toEqual(seconds(6))
  })
})
