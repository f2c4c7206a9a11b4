import { describe, expect, it } from 'vitest'
import { type Host, parseCoreList, pinOf } from './pin-to-core.ts'

const host: Host = { processId: 6, allowedCores: () => [2, 3], taskset: () => '/usr/bin/taskset' }

describe('a core for a worker', () => {
  it('is its own while there are as many, and shared after that', () => {
    const cores = [0, 1, 2].map((slot) => pinOf(slot, host)?.args)

    expect(cores).toEqual([
      ['-c', '2'],
      ['-c', '3'],
      ['-c', '2'],
    ])
  })

  it('is another one in another process', () => {
    expect(pinOf(0, { ...host, processId: 7 })?.args).toEqual(['-c', '3'])
  })

  it('is not chosen where the system does not tell, or has no program for it', () => {
    expect(pinOf(0, { ...host, allowedCores: () => [] })).toBeUndefined()
    expect(pinOf(0, { ...host, taskset: () => undefined })).toBeUndefined()
  })
})

describe('a list of cores', () => {
  it.each([
    ['0', [0]],
    ['0-3', [0, 1, 2, 3]],
    ['0-1,4,6-7', [0, 1, 4, 6, 7]],
    ['', []],
    ['all', []],
    ['3-1', []],
  ])('of %j is %j', (text, cores) => {
    expect(parseCoreList(text)).toEqual(cores)
  })
})
