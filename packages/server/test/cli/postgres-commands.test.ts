import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPostgresDatabase, type TestPostgres } from '../support/postgres-database.ts'
import { postgresLane } from '../support/postgres-lane.ts'
import { countersign, temporaryFolder } from './test-io.ts'

const superuserUrl = postgresLane() ?? ''

describe.skipIf(superuserUrl === '')('commands on PostgreSQL', { timeout: 60_000 }, () => {
  const cwd = temporaryFolder()
  let postgres: TestPostgres
  let env: Record<string, string>

  beforeAll(async () => {
    postgres = await createPostgresDatabase(superuserUrl)
    env = {
      COUNTERSIGN_DATABASE_URL: postgres.appUrl,
      COUNTERSIGN_DATABASE_OWNER_URL: postgres.ownerUrl,
      COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
      COUNTERSIGN_BASE_URL: 'https://id.example.test',
      COUNTERSIGN_SMTP_URL: 'smtp://127.0.0.1:1',
      COUNTERSIGN_MAIL_FROM: 'no-reply@example.test',
    }
  })
  afterAll(() => postgres.drop())

  const run = (line: string, more: Record<string, string> = {}) =>
    countersign(line, { env: { ...env, ...more }, cwd })

  const asOwner = async (text: string) => {
    const client = new pg.Client({ connectionString: postgres.ownerUrl })
    await client.connect()
    try {
      return await client.query<Record<string, unknown>>(text)
    } finally {
      await client.end()
    }
  }

  describe('migrate', () => {
    it('has nothing to do on a current database', async () => {
      expect(await run('migrate')).toEqual({ stdout: 'nothing to apply\n', stderr: '', code: 0 })
      const check = await run('migrate --check')
      expect(check).toMatchObject({ stderr: '', code: 0 })
      expect(check.stdout).toMatch(/^the schema is current \(version \d+\)\n$/)
    })

    it('plans, checks and applies on an empty one, and says how to make the login role', async () => {
      const url = await createEmptyDatabase(postgres.ownerUrl)
      const empty = { COUNTERSIGN_DATABASE_OWNER_URL: url }

      const check = await run('migrate --check', empty)
      const plan = await run('migrate --plan', empty)
      const applied = await run('migrate', empty)
      const after = await run('migrate --check', empty)

      expect(check.code).toBe(3)
      expect(check.stdout).toMatch(
        /^the schema lacks \d+ migration\(s\): run `countersign migrate`\n$/,
      )
      expect(plan.code).toBe(0)
      expect(plan.stdout).toContain('would apply 0001-roles-and-tenants\n')
      expect(applied).toMatchObject({ stderr: '', code: 0 })
      expect(applied.stdout).toContain('applied 0001-roles-and-tenants\n')
      expect(after.code).toBe(0)
    })

    it('refuses a schema that a newer release made', async () => {
      await asOwner(`INSERT INTO countersign_migrations (version, name, checksum)
                     VALUES (9999, 'future', 'x')`)

      const transcript = await run('migrate')
      await asOwner('DELETE FROM countersign_migrations WHERE version = 9999')

      expect(transcript).toEqual({
        stdout: '',
        stderr:
          'countersign: the schema has version 9999, made by a newer release: upgrade this one\n',
        code: 3,
      })
    })

    it.each([
      ['nobody listens', 'postgres://app:hunter2@127.0.0.1:1/x', 5, 'can not be reached'],
      ['the password is wrong', 'wrong-password', 4, 'the database refused the password'],
    ])('when %s, ends with its own code and shows no secret', async (_, url, code, text) => {
      const transcript = await run('migrate', {
        COUNTERSIGN_DATABASE_OWNER_URL: url === 'wrong-password' ? withPassword(url) : url,
      })

      expect(transcript.code).toBe(code)
      expect(transcript.stderr).toContain(text)
      expect(transcript.stderr).not.toMatch(/hunter2|wrong-password/)
    })

    const withPassword = (password: string) => {
      const url = new URL(postgres.ownerUrl)
      url.password = password
      return url.toString()
    }
  })

  describe('serve', () => {
    it('refuses the owner of the tables: with 4 as a stranger, with 64 as a member', async () => {
      const asOwnerUrl = { COUNTERSIGN_DATABASE_URL: postgres.ownerUrl }

      const stranger = await run('serve --port 0', asOwnerUrl)
      await grantApplicationRole(postgres.ownerUrl)
      const member = await run('serve --port 0', asOwnerUrl)

      expect(stranger).toMatchObject({ stdout: '', code: 4 })
      expect(stranger.stderr).toContain('run `GRANT countersign_app TO <user>` as the owner')
      expect(member).toMatchObject({ stdout: '', code: 64 })
      expect(member.stderr).toMatch(
        /^countersign: the database is refused\n {2}✖ database user `\w+` owns/,
      )
    })

    it('refuses a superuser with 64', async () => {
      const url = new URL(superuserUrl)
      url.pathname = new URL(postgres.appUrl).pathname

      const { stderr, code } = await run('serve --port 0', {
        COUNTERSIGN_DATABASE_URL: url.toString(),
      })

      expect(code).toBe(64)
      expect(stderr).toContain('may bypass row-level security')
    })

    it('refuses a schema that is behind with 3', async () => {
      const removed = await asOwner(`DELETE FROM countersign_migrations
        WHERE version = (SELECT max(version) FROM countersign_migrations)
        RETURNING version, name, checksum`)
      const row = removed.rows[0] ?? {}

      const { stderr, code } = await run('serve --port 0')
      await asOwner(`INSERT INTO countersign_migrations (version, name, checksum)
        VALUES (${String(row['version'])}, '${String(row['name'])}', '${String(row['checksum'])}')`)

      expect(stderr).toBe(
        'countersign: the database is refused\n' +
          '  ✖ the schema lacks 1 migration(s): run `countersign migrate`\n',
      )
      expect(code).toBe(3)
    })

    it('says that the database can not be reached with 5', async () => {
      const { code } = await run('serve --port 0', {
        COUNTERSIGN_DATABASE_URL: 'postgres://app@127.0.0.1:1/x',
      })

      expect(code).toBe(5)
    })
  })

  describe('keys and admin', () => {
    it('makes, lists, rotates and revokes keys of a tenant', async () => {
      const before = await run('keys list --tenant system')
      const tooNew = await run('keys rotate --tenant system')
      const rotated = await run('keys rotate --tenant system --force --json')
      const { data } = JSON.parse(rotated.stdout) as { data: { id: string; status: string }[] }
      const active = data.find((key) => key.status === 'active')
      const revoked = await run(`keys revoke --tenant system --key ${active?.id}`)

      expect(before.stdout).toBe('no keys yet: the first sign-in makes them\n')
      expect([tooNew.code, rotated.code, revoked.code]).toEqual([0, 0, 0])
      expect(revoked.stdout).toMatch(new RegExp(`^${active?.id}  ES256  revoked `, 'm'))
      const again = await run(`keys revoke --tenant system --key ${active?.id}`)
      expect(again.stderr).toContain('Signing key not in use (signing_key_not_in_use)')
      expect(again.code).toBe(1)
    })

    it('invites a user and prints a link whose secret is in the fragment', async () => {
      const line = 'admin invite --tenant system --email olga@example.test --role operator'

      const first = await run(line)
      const second = await run(line)

      expect(first.code).toBe(0)
      expect(first.stdout).toMatch(
        /^https:\/\/id\.example\.test\/t\/system\/invitation#[\w-]{43}\n$/,
      )
      expect(first.stderr).toMatch(/^operator of `system`; the link works once, until 2\S+Z\n$/)
      expect(second).toMatchObject({ stdout: '', code: 1 })
      expect(second.stderr).toContain('A user with this address exists (email_taken)')
    })

    it('says that there is no such tenant', async () => {
      const transcript = await run('keys list --tenant nowhere')

      expect(transcript).toEqual({
        stdout: '',
        stderr: 'countersign: there is no tenant `nowhere`\n',
        code: 1,
      })
    })
  })

  describe('doctor', () => {
    it('finds a sound database sound', async () => {
      const { stdout, code } = await run('doctor --json')

      const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string }[] }
      const levels = Object.fromEntries(findings.map(({ check, level }) => [check, level]))
      expect(levels).toMatchObject({
        runtime: 'ok',
        configuration: 'ok',
        database: 'ok',
        role: 'ok',
        schema: 'ok',
        'row security': 'ok',
        isolation: 'ok',
        clock: 'ok',
        'master key': 'ok',
        mail: 'problem',
      })
      expect(code).toBe(1)
    })

    it('names a role that could bypass row-level security', async () => {
      const { stdout, code } = await run('doctor', { COUNTERSIGN_DATABASE_URL: postgres.ownerUrl })

      expect(stdout).toMatch(/^✖ role +user `\w+` owns the tables$/m)
      expect(stdout).toContain('why: an injected statement would see all tenants')
      expect(code).toBe(1)
    })

    it('names a table whose row-level security is not forced', async () => {
      await asOwner('ALTER TABLE users NO FORCE ROW LEVEL SECURITY')
      const { stdout } = await run('doctor')
      await asOwner('ALTER TABLE users FORCE ROW LEVEL SECURITY')

      expect(stdout).toMatch(/^✖ row security +not forced on users$/m)
    })

    it('names a table that shows rows without a tenant', async () => {
      await run('keys rotate --tenant system --force')
      await asOwner('CREATE POLICY everyone ON signing_keys USING (true)')
      const { stdout } = await run('doctor')
      await asOwner('DROP POLICY everyone ON signing_keys')

      expect(stdout).toMatch(/^✖ isolation +without a tenant, rows of public\.signing_keys are/m)
    })

    it('names a master key that opens nothing', async () => {
      await run('keys rotate --tenant system --force')

      const { stdout } = await run('doctor', {
        COUNTERSIGN_MASTER_KEY: randomBytes(32).toString('base64'),
      })

      expect(stdout).toMatch(/^✖ master key +it does not open the signing keys of `system`$/m)
    })

    it('says that the database can not be reached', async () => {
      const { stdout, code } = await run('doctor', {
        COUNTERSIGN_DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/x',
      })

      expect(stdout).toMatch(/^✖ database +the database can not be reached$/m)
      expect(stdout).not.toContain('hunter2')
      expect(code).toBe(1)
    })
  })
})

async function createEmptyDatabase(ownerUrl: string): Promise<string> {
  const name = `cs_${randomBytes(8).toString('hex')}`
  const superuser = new pg.Client({ connectionString: superuserUrl })
  await superuser.connect()
  await superuser.query(`CREATE DATABASE ${name} OWNER ${new URL(ownerUrl).username}`)
  afterAll(async () => {
    await superuser.query(`DROP DATABASE ${name} WITH (FORCE)`)
    await superuser.end()
  })
  const url = new URL(ownerUrl)
  url.pathname = name
  return url.toString()
}

async function grantApplicationRole(ownerUrl: string): Promise<void> {
  const superuser = new pg.Client({ connectionString: superuserUrl })
  await superuser.connect()
  // Roles belong to the whole cluster: two suites that grant at once would disturb each other.
  await superuser.query('SELECT pg_advisory_lock(4242)')
  await superuser.query(`GRANT countersign_app TO ${new URL(ownerUrl).username}`)
  await superuser.end()
}
