import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStyle } from '../../src/cli/style.ts'
import { type RunningServer, runUntilSignal } from '../../src/cli/run-until-signal.ts'
import { createTestIo } from './test-io.ts'

function createServer(overrides: Partial<RunningServer> = {}) {
  const calls: string[] = []
  const server: RunningServer = {
    stop: async (signal) => void calls.push(`stop ${signal}`),
    onCrash: () => void calls.push('crash'),
    stopWithinSeconds: 20,
    ...overrides,
  }
  return { server, calls }
}

describe('a server that runs until a signal', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('stops on %s and ends with 0', async (signal) => {
    const { io, ...test } = createTestIo()
    const { server, calls } = createServer()
    const running = runUntilSignal(io, async () => server)

    test.signal(signal)

    expect(await running).toBe(0)
    expect(calls).toEqual([`stop ${signal}`])
    expect(test.exits).toEqual([])
  })

  it('waits for the start when the signal comes during it', async () => {
    const { io, ...test } = createTestIo()
    const { server, calls } = createServer()
    const starting = Promise.withResolvers<RunningServer>()
    const running = runUntilSignal(io, () => starting.promise)

    test.signal('SIGINT')
    expect(calls).toEqual([])
    starting.resolve(server)

    expect(await running).toBe(0)
    expect(calls).toEqual(['stop SIGINT'])
  })

  it('ends at once with 130 on a second Ctrl-C, but not when one arrives twice', async () => {
    const { io, ...test } = createTestIo()
    const { server } = createServer({ stop: () => new Promise(() => undefined) })
    void runUntilSignal(io, async () => server)

    test.signal('SIGINT')
    vi.advanceTimersByTime(100)
    test.signal('SIGINT')
    expect(test.exits).toEqual([])

    vi.advanceTimersByTime(500)
    test.signal('SIGINT')
    expect(test.exits).toEqual([130])
  })

  it('ends with 1 when stopping takes too long', async () => {
    const { io, ...test } = createTestIo()
    const { server } = createServer({ stop: () => new Promise(() => undefined) })
    void runUntilSignal(io, async () => server)

    test.signal('SIGTERM')
    await vi.advanceTimersByTimeAsync(19_999)
    expect(test.exits).toEqual([])
    await vi.advanceTimersByTimeAsync(1)

    expect(test.exits).toEqual([1])
  })

  it('logs an error that nobody handled and ends with 1', async () => {
    const { io, ...test } = createTestIo()
    const { server, calls } = createServer()
    void runUntilSignal(io, async () => server)
    await Promise.resolve()

    test.crash(new Error('boom'))

    expect(calls).toEqual(['crash'])
    expect(test.exits).toEqual([1])
  })

  it('says so on stderr when that happens during the start', async () => {
    const { io, ...test } = createTestIo()
    void runUntilSignal(io, () => new Promise(() => undefined))

    test.crash(new Error('boom'))

    expect(test.written.stderr).toBe('countersign: boom\n')
    expect(test.exits).toEqual([1])
  })

  it('passes on why the start failed', async () => {
    const { io } = createTestIo()

    const running = runUntilSignal(io, () => Promise.reject(new Error('no database')))

    await expect(running).rejects.toThrow('no database')
  })
})

describe('colours', () => {
  it.each([
    ['on a terminal', { isTty: true }, true],
    ['with an empty NO_COLOR', { isTty: true, env: { NO_COLOR: '' } }, true],
    ['with NO_COLOR', { isTty: true, env: { NO_COLOR: '1' } }, false],
    ['on a dumb terminal', { isTty: true, env: { TERM: 'dumb' } }, false],
    ['in a file or pipe', { isTty: false }, false],
  ])('%s', (_, options, expected) => {
    const { io } = createTestIo(options)

    expect(createStyle(io, io.stdout).green('ok') !== 'ok').toBe(expected)
  })
})
