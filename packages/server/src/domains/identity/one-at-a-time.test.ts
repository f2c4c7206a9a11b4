import { describe, expect, it } from 'vitest'
import { OneAtATime } from './one-at-a-time.ts'

describe('OneAtATime', () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 1))

  it('never runs two of the same key at once, whether they fail or not', async () => {
    const queue = new OneAtATime()
    let running = 0
    let most = 0
    const work = async (fails: boolean) => {
      running += 1
      most = Math.max(most, running)
      await pause()
      running -= 1
      if (fails) throw new Error('failed')
    }

    const results = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => queue.run('a', () => work(index % 2 === 0))),
    )

    expect(most).toBe(1)
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(5)
  })

  it('runs different keys side by side', async () => {
    const queue = new OneAtATime()
    const order: string[] = []
    let release: () => void = () => undefined
    const blocked = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)))

    await queue.run('b', async () => order.push('b'))
    release()
    await blocked

    expect(order).toEqual(['b'])
  })

  it('forgets a key when its work is done', async () => {
    const queue = new OneAtATime()

    await Promise.all([queue.run('a', pause), queue.run('a', pause)])

    expect(queue.size).toBe(0)
  })
})
