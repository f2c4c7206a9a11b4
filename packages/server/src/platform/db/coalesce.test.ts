import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Coalescer } from './coalesce.ts'

let batches: { readonly items: readonly string[]; end(): void }[]
let coalescer: Coalescer<string, string>

beforeEach(() => {
  vi.useFakeTimers()
  batches = []
  coalescer = new Coalescer(
    (items) =>
      new Promise((resolve) => {
        batches.push({ items, end: () => resolve(items.map((item) => `${item}!`)) })
      }),
    { maxBatch: 3, maxInFlight: 2 },
  )
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a batch', () => {
  it('takes what came in one turn', async () => {
    const answers = Promise.all([coalescer.submit('a'), coalescer.submit('b')])
    await begin()
    expect(begun()).toEqual([['a', 'b']])
    batches[0]?.end()
    expect(await answers).toEqual(['a!', 'b!'])
  })

  it('takes no more than it may', async () => {
    for (const item of ['a', 'b', 'c', 'd']) void coalescer.submit(item)
    await begin()
    expect(begun()).toEqual([['a', 'b', 'c']])
  })

  it('waits for the one before, and takes who came meanwhile', async () => {
    await oneUnderWay()
    void coalescer.submit('b')
    await begin()
    void coalescer.submit('c')
    await begin()
    expect(begun()).toEqual([['a']])
    batches[0]?.end()
    await begin()
    expect(begun()).toEqual([['a'], ['b', 'c']])
  })

  it('does not wait for long: one that is stuck holds nobody up', async () => {
    await oneUnderWay()
    void coalescer.submit('b')
    await vi.advanceTimersByTimeAsync(18)
    expect(begun()).toEqual([['a']])
    await vi.advanceTimersByTimeAsync(3)
    expect(begun()).toEqual([['a'], ['b']])
  })

  it('begins at once behind one that has been stuck for long', async () => {
    await oneUnderWay()
    await vi.advanceTimersByTimeAsync(100)
    void coalescer.submit('b')
    await begin()
    expect(begun()).toEqual([['a'], ['b']])
  })

  it('begins at once when the one before is over, whatever was waited for', async () => {
    await oneUnderWay()
    void coalescer.submit('b')
    await begin()
    batches[0]?.end()
    await begin()
    batches[1]?.end()
    await begin()
    void coalescer.submit('c')
    await begin()
    expect(begun()).toEqual([['a'], ['b'], ['c']])
  })

  it('waits if as many as allowed are stuck', async () => {
    await oneUnderWay()
    void coalescer.submit('b')
    await vi.advanceTimersByTimeAsync(100)
    void coalescer.submit('c')
    await vi.advanceTimersByTimeAsync(100)
    expect(begun()).toEqual([['a'], ['b']])
    batches[0]?.end()
    await vi.advanceTimersByTimeAsync(100)
    expect(begun()).toEqual([['a'], ['b'], ['c']])
  })
})

async function oneUnderWay(): Promise<void> {
  void coalescer.submit('a')
  await begin()
}

/** A turn of the event loop, and less than anybody waits. */
function begin(): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(1)
}

function begun(): readonly (readonly string[])[] {
  return batches.map(({ items }) => items)
}
