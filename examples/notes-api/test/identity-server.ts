import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface IdentityServer {
  readonly url: string
  /** Signs a demo user in: `ben@acme.test` belongs to the tenant `acme`. */
  signIn(email: string): Promise<string>
  stop(): Promise<void>
}

/** Starts a real `countersign dev --memory` on a free port, as a process of its own. */
export async function startIdentityServer(): Promise<IdentityServer> {
  const port = await findFreePort()
  const url = `http://localhost:${port}`
  const child = spawn(
    process.execPath,
    ['--conditions=source', MAIN, 'dev', '--memory', '--port', String(port)],
    {
      cwd: fileURLToPath(REPOSITORY),
      env: { ...process.env, NODE_ENV: 'development', COUNTERSIGN_PRIVATE_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = once(child, 'exit')

  for (let waited = 0; !(await isReady(url)); waited += POLL_MILLISECONDS) {
    if (child.exitCode !== null || waited > START_LIMIT_MILLISECONDS) {
      child.kill('SIGKILL')
      throw new Error(`countersign dev did not start:\n${output}`)
    }
    await sleep(POLL_MILLISECONDS)
  }
  return {
    url,
    signIn: (email) => signIn(url, email),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function signIn(url: string, email: string): Promise<string> {
  const slug = /@(\w+)\.test$/.exec(email)?.[1] ?? ''
  const response = await fetch(`${url}/t/${slug}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: 'correct-horse-demo' }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${email} could not sign in: ${text}`)
  return (JSON.parse(text) as { access_token: string }).access_token
}

async function isReady(url: string): Promise<boolean> {
  try {
    const responses = await Promise.all(
      ['acme', 'globex'].map((slug) => fetch(`${url}/t/${slug}/jwks.json`)),
    )
    return responses.every((response) => response.ok)
  } catch {
    // Nobody listens yet.
    return false
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

const REPOSITORY = new URL('../../../', import.meta.url)
const MAIN = 'packages/server/src/main.ts'
const POLL_MILLISECONDS = 100
const START_LIMIT_MILLISECONDS = 50_000
