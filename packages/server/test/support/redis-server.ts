import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** A real Redis of this test, in memory only. */
export interface RedisServer {
  readonly url: string
  /** SIGKILL: nothing is saved. */
  kill(): Promise<void>
  /** At the same port, empty. */
  restart(): Promise<void>
}

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
if (!hasRedis) {
  process.stderr.write('\n  ⚠ SKIPPED: tests with Redis (no redis-server on this machine)\n\n')
}

export async function startRedis(): Promise<RedisServer> {
  const port = await findFreePort()
  let child = await spawnRedis(port)
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    restart: async () => {
      await kill()
      child = await spawnRedis(port)
    },
  }
}

async function spawnRedis(port: number): Promise<ChildProcess> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '']
  const child = spawn('redis-server', [...settings, '--appendonly', 'no'], { stdio: 'pipe' })
  for await (const chunk of child.stdout ?? []) {
    if (String(chunk).includes('Ready to accept connections')) break
  }
  return child
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
