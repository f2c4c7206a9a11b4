import { expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { hours } from '../../kernel/index.ts'
import { RangeCache } from './range-cache.ts'

it('forgets what was not used for longest when it is full', async () => {
  const cache = new RangeCache({ clock: new FakeClock(), lifetime: hours(1), limit: 2 })
  const fetched: string[] = []
  const get = (key: string) =>
    cache.get(key, async () => {
      fetched.push(key)
      return key
    })

  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await get(key)

  expect(fetched).toEqual(['a', 'b', 'c', 'b'])
})
