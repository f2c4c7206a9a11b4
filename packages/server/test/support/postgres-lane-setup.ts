import process from 'node:process'
import type { TestProject } from 'vitest/node'
import type {} from './postgres-lane.ts'
import { findPostgresBinaries, startPostgresCluster } from './postgres-cluster.ts'

/**
 * Gives every test file the PostgreSQL lane (see `postgresLane`) and returns what ends it.
 * `COUNTERSIGN_TEST_POSTGRES_URL` names a server to use, `COUNTERSIGN_TEST_LANES=embedded` leaves
 * the lane out; otherwise a private cluster is started from the server binaries of this machine.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.COUNTERSIGN_TEST_LANES === 'embedded') return undefined

  const url = process.env.COUNTERSIGN_TEST_POSTGRES_URL
  if (url !== undefined && url !== '') {
    project.provide('postgresUrl', url)
    return undefined
  }

  const binaries = await findPostgresBinaries()
  if (binaries === undefined) return skipLane()

  const cluster = await startPostgresCluster(binaries)
  project.provide('postgresUrl', cluster.url)
  return cluster.stop
}

function skipLane(): undefined {
  if (process.env.CI === 'true') {
    throw new Error(`no PostgreSQL server was found, and CI needs every lane. ${HOW_TO_GET_IT}`)
  }
  process.stderr.write(
    `\n⚠ SKIPPED: the PostgreSQL lane. The tests run on the embedded database only.\n` +
      `  ${HOW_TO_GET_IT}\n\n`,
  )
  return undefined
}

const HOW_TO_GET_IT =
  'Install PostgreSQL 15 or newer (Debian: `apt-get install postgresql`, ' +
  'macOS: `brew install postgresql@17`), or set COUNTERSIGN_TEST_POSTGRES_URL.'
