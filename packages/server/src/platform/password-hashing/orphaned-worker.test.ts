import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const module = new URL('./index.ts', import.meta.url).href

/** Starts two workers, uses one, prints their ids and waits. */
const program = `
  const { createPasswordHasher } = await import(${JSON.stringify(module)})
  const cost = { memoryKib: 256, iterations: 1, parallelism: 1 }
  const hasher = createPasswordHasher({ ...cost, workers: 2, queueLimit: 8 })
  await hasher.hash({ reveal: () => 'password' })
  console.log(JSON.stringify(hasher.pids()))
  setInterval(() => {}, 1000)
`

/** A process that has ended may stay as a zombie until its new parent collects it. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    // Gone altogether.
    return false
  }
}

describe('password worker', () => {
  it('works under plain Node and ends when its parent is killed', async () => {
    const args = ['--conditions=source', '--input-type=module', '--eval', program]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(parent.stdout, 'data')
    const pids: readonly number[] = JSON.parse(String(line))
    expect(pids).toHaveLength(2)
    expect(pids.every(isAlive)).toBe(true)

    parent.kill('SIGKILL')

    await expect.poll(() => pids.some(isAlive), { timeout: 5000 }).toBe(false)
  }, 20_000)
})
