import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { Secret } from '../../src/kernel/index.ts'
import {
  type Database,
  migrate,
  openServerDatabase,
  readMigrations,
} from '../../src/platform/db/index.ts'

export interface TestPostgres {
  /** As the application connects in production: no superuser, owns nothing. */
  readonly appUrl: string
  /** As `countersign migrate` connects: an ordinary role that owns the database. */
  readonly ownerUrl: string
  drop(): Promise<void>
}

/** Makes a database of its own in the PostgreSQL lane, migrated by an owner that is no superuser. */
export async function createPostgresDatabase(superuserUrl: string): Promise<TestPostgres> {
  const name = `cs_${randomBytes(8).toString('hex')}`
  const password = randomBytes(16).toString('hex')
  const as = (user: string) => {
    const url = new URL(superuserUrl)
    url.username = user
    url.password = password
    url.pathname = name
    return url.toString()
  }
  const superuser = new pg.Client({ connectionString: superuserUrl })
  await superuser.connect()
  try {
    // Roles belong to the whole cluster: two suites that grant at once would disturb each other.
    await superuser.query('SELECT pg_advisory_lock(4242)')
    await superuser.query(`CREATE ROLE ${name}_owner LOGIN CREATEROLE PASSWORD '${password}'`)
    await superuser.query(`CREATE DATABASE ${name} OWNER ${name}_owner`)
    await migrateAs(as(`${name}_owner`))
    await superuser.query(`CREATE ROLE ${name}_app LOGIN NOINHERIT PASSWORD '${password}'`)
    await superuser.query(`GRANT countersign_app TO ${name}_app`)
  } finally {
    await superuser.end()
  }
  return {
    appUrl: as(`${name}_app`),
    ownerUrl: as(`${name}_owner`),
    drop: () => dropDatabase(superuserUrl, name),
  }
}

/** Opens a new database of the lane; closing it drops it. */
export async function openPostgresDatabase(superuserUrl: string): Promise<Database> {
  const postgres = await createPostgresDatabase(superuserUrl)
  const database = await openServerDatabase({ url: new Secret(postgres.appUrl), poolSize: 10 })
  return {
    ...database,
    close: async () => {
      await database.close()
      await postgres.drop()
    },
  }
}

async function migrateAs(url: string): Promise<void> {
  const owner = new pg.Client({ connectionString: url })
  await owner.connect()
  try {
    await migrate(owner, await readMigrations())
  } finally {
    await owner.end()
  }
}

async function dropDatabase(superuserUrl: string, name: string): Promise<void> {
  const superuser = new pg.Client({ connectionString: superuserUrl })
  await superuser.connect()
  try {
    await superuser.query(`DROP DATABASE ${name} WITH (FORCE)`)
  } finally {
    await superuser.end()
  }
}
