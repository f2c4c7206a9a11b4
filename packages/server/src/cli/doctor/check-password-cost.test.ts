import { describe, expect, it } from 'vitest'
import { checkPasswordCost } from './check-password-cost.ts'

const usual = { memoryKib: 65_536, iterations: 3, parallelism: 4 }

/** A machine on which a hash takes as long as its memory and passes say. */
const machine = (msPerMibAndPass: number) => async (cost: typeof usual) =>
  (cost.memoryKib / 1024) * cost.iterations * msPerMibAndPass

/** The parameters that the advice names. */
function adviceOf(fix = '') {
  const [memoryKib = 0, iterations = 0] = [/KIB=(\d+)/, /ITERATIONS=(\d+)/].map((pattern) =>
    Number(pattern.exec(fix)?.[1]),
  )
  return { ...usual, memoryKib, iterations }
}

describe('checkPasswordCost', () => {
  it.each([30, 90, 1000])('is content with %i ms', async (took) => {
    const finding = await checkPasswordCost(usual, async () => took)

    expect(finding).toEqual({
      check: 'password cost',
      level: 'ok',
      what: `one hash takes ${took} ms (m=65536, t=3, p=4)`,
    })
  })

  it.each([
    ['a very fast machine', usual, 0.05],
    ['a fast machine at the floor', { memoryKib: 19_456, iterations: 2, parallelism: 1 }, 0.5],
    ['a slow machine', usual, 10],
    ['parameters that are far too high', { ...usual, memoryKib: 1_048_576, iterations: 20 }, 0.2],
  ])('warns on %s, with parameters that it is content with', async (_, cost, speed) => {
    const finding = await checkPasswordCost(cost, machine(speed))

    expect(finding.level).toBe('warning')
    const advice = adviceOf(finding.fix)
    expect(advice.memoryKib).toBeGreaterThanOrEqual(19_456)
    expect(advice.memoryKib).toBeLessThanOrEqual(1_048_576)
    expect(advice.iterations).toBeGreaterThanOrEqual(2)
    expect(advice.iterations).toBeLessThanOrEqual(20)
    expect((await checkPasswordCost(advice, machine(speed))).level).toBe('ok')
  })

  it.each([29.9, 1000.1])('warns at %d ms', async (took) => {
    expect((await checkPasswordCost(usual, async () => took)).level).toBe('warning')
  })

  it('says so where no parameters would help', async () => {
    const floor = { memoryKib: 19_456, iterations: 2, parallelism: 1 }
    const finding = await checkPasswordCost(floor, async () => 5000)

    expect(finding.fix).toContain('faster machine')
  })

  it('measures a real hash', async () => {
    const finding = await checkPasswordCost({ memoryKib: 256, iterations: 1, parallelism: 1 })

    expect(finding.what).toMatch(/^one hash takes \d+ ms \(m=256, t=1, p=1\)$/)
    expect(finding.level).toBe('warning')
  })
})
