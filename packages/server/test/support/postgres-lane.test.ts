import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { findPostgresBinaries } from './postgres-cluster.ts'
import { postgresLane } from './postgres-lane.ts'

describe.skipIf(postgresLane() === undefined)('the PostgreSQL lane', () => {
  it('answers a superuser of a supported version', async () => {
    const client = new Client({ connectionString: postgresLane() })
    await client.connect()

    const { rows } = await client.query(
      `SELECT current_setting('server_version_num')::int AS version, current_setting('is_superuser')
         AS superuser, current_setting('fsync') AS fsync`,
    )
    await client.end()

    expect(rows[0].version).toBeGreaterThanOrEqual(150_000)
    expect(rows[0]).toMatchObject({ superuser: 'on', fsync: 'on' })
  })
})

const binaries = await findPostgresBinaries()

describe.skipIf(binaries === undefined)('a private cluster', () => {
  it('ends and leaves nothing behind when its owner is killed', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'countersign-owner-'))
    // As /tmp is: an ordinary user, which the cluster runs as, may remove its own folder.
    await chmod(folder, 0o1777)
    const owner = spawn(
      process.execPath,
      ['--input-type=module', '-e', OWNER, new URL('postgres-cluster.ts', import.meta.url).href],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, TMPDIR: folder, BINARIES: binaries },
      },
    )
    const [url] = (await once(owner.stdout, 'data')) as [Buffer]
    const filesWhileRunning = await readdir(folder)

    owner.kill('SIGKILL')

    expect(filesWhileRunning).toHaveLength(1)
    await expect.poll(() => isReachable(url.toString().trim()), POLL).toBe(false)
    await expect.poll(() => readdir(folder), POLL).toEqual([])
    await rm(folder, { recursive: true })
  })
})

const POLL = { timeout: 20_000, interval: 50 }

const OWNER = `
const { startPostgresCluster } = await import(process.argv[1])
const { url } = await startPostgresCluster(process.env.BINARIES)
console.log(url)
setInterval(() => {}, 1000)
`

async function isReachable(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
