import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface ServeProcess {
  readonly base: string
  /** SIGKILL: no handler runs, nothing is flushed. */
  kill(): Promise<void>
  /** SIGTERM: the ordinary way to stop. Gives the exit code. */
  stop(): Promise<number | null>
}

/** Starts `countersign serve` as production runs it and waits until it is ready. */
export async function startServe(env: Readonly<Record<string, string>>): Promise<ServeProcess> {
  const [port, privatePort] = [await freePort(), await freePort()]
  const base = `http://localhost:${port}`
  const child = spawn(process.execPath, ['--conditions=source', MAIN, 'serve'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      COUNTERSIGN_BASE_URL: base,
      COUNTERSIGN_PORT: String(port),
      COUNTERSIGN_PRIVATE_PORT: String(privatePort),
      COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:9',
      COUNTERSIGN_MAIL_FROM: 'test@example.test',
      COUNTERSIGN_LOG_LEVEL: 'error',
      COUNTERSIGN_PASSWORD_MEMORY_KIB: '19456',
      COUNTERSIGN_PASSWORD_ITERATIONS: '2',
      COUNTERSIGN_PASSWORD_PARALLELISM: '1',
      COUNTERSIGN_PASSWORD_WORKERS: '1',
      COUNTERSIGN_RATE_LIMIT_SCALE: '100000',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = collect(child)
  await untilReady(child, `http://127.0.0.1:${privatePort}/readyz`, said)
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    const exited = once(child, 'exit')
    child.kill(signal)
    const [code] = (await exited) as [number | null]
    return code
  }
  return { base, kill: async () => void (await end('SIGKILL')), stop: () => end('SIGTERM') }
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    text = `${text}${chunk.toString()}`.slice(-4000)
  })
  return () => text
}

async function untilReady(child: ChildProcess, url: string, said: () => string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (child.exitCode !== null) throw new Error(`serve ended with ${child.exitCode}: ${said()}`)
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`serve did not become ready: ${said()}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
