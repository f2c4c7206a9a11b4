import { existsSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeClaims } from '../support/decode-claims.ts'
import { type StartedProcess, startProcess } from './start-process.ts'
import { temporaryFolder } from './test-io.ts'

const READY = 'authorization: Bearer $TOKEN'

describe('countersign dev', { timeout: 120_000 }, () => {
  const cwd = temporaryFolder()
  let server: StartedProcess
  let banner: string

  beforeAll(async () => {
    server = startProcess(['dev', '--port', '0'], { cwd })
    await server.until(READY)
    banner = server.stdout()
  }, 120_000)

  it('says what is there, and nothing that is not', () => {
    expect(banner).toMatch(
      /^ {2}Countersign \d+\.\d+\.\d+ · development mode, not for real users$/m,
    )
    expect(banner).toMatch(/✔ database {3}embedded PostgreSQL in \.countersign\/db +\d+\.\d s$/m)
    expect(banner).toMatch(/✔ schema {5}\d+ migrations; row-level security forced on \d+ tables/)
    expect(banner).toMatch(/✔ keys {7}ES256 signing key key_\w{26} created$/m)
    expect(banner).toMatch(/✔ tenant {5}acme: 4 users, 3 roles, 2 OAuth clients$/m)
    expect(banner).toMatch(/^ {2}Sign-in {6}http:\/\/localhost:\d+\/t\/acme\/sign-in$/m)
    expect(banner).not.toMatch(/console|api key/i)
    expect(banner).not.toContain('\u001B')
    expect(server.stderr()).toBe('')
  })

  it('keeps its folder and key from other users of the machine', () => {
    const modeOf = (...path: string[]) => statSync(join(cwd, '.countersign', ...path)).mode & 0o777

    expect(modeOf()).toBe(0o700)
    expect(modeOf('db')).toBe(0o700)
    expect(modeOf('db', 'master.key')).toBe(0o600)
    expect(existsSync(join(cwd, '.countersign', '.gitignore'))).toBe(true)
  })

  it('signs in by the printed command, and the token works at the second one', async () => {
    const { status, body } = await signInAsPrinted(banner)

    expect(status).toBe(200)
    const me = await fetch(urlOf(banner, 'me'), {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    })
    expect(await me.json()).toMatchObject({ email: 'ben@acme.test', roles: ['analyst'] })
  })

  it('gives a service a token by the printed command, from where discovery says', async () => {
    const [, address = '', scope = '', id = '', secret = ''] =
      /curl -s (\S+) -d grant_type=client_credentials \\\n +-d scope=(\S+) -u ([^:\s]+):(\S+)$/m.exec(
        banner,
      ) ?? []
    const discovery = /^ {2}Discovery {4}(\S+)$/m.exec(banner)?.[1] ?? ''
    const metadata = (await (await fetch(discovery)).json()) as Record<string, unknown>
    expect(`http://${address}`).toBe(metadata['token_endpoint'])

    const answer = await fetch(`http://${address}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    })

    const tokens = (await answer.json()) as Record<string, string>
    expect(tokens).toMatchObject({ token_type: 'Bearer', scope: 'orders:read' })
    expect(decodeClaims(tokens['access_token'] ?? '')).toMatchObject({
      aud: 'https://orders.example',
      client_id: id,
    })
  })

  it('knows the demo application and its address', async () => {
    const [client_id = ''] = /cli_\w{26}(?= {2}spa$)/m.exec(banner) ?? []
    const query = new URLSearchParams({
      client_id,
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1:4850/',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })

    const answer = await fetch(`${originOf(banner)}/t/acme/oauth/authorize?${query.toString()}`, {
      redirect: 'manual',
    })

    expect(answer.headers.get('location')).toMatch(/^\/t\/acme\/interaction\//)
  })

  it.each([
    ['acme', 'dan@acme.test', ['admin']],
    ['acme', 'chloe@acme.test', ['approver']],
    ['globex', 'gus@globex.test', ['analyst']],
    ['system', 'olga@system.test', ['operator']],
  ])('has in %s the verified user %s', async (tenant, email, roles) => {
    const { status, body } = await signIn(`${originOf(banner)}/t/${tenant}`, email)

    expect(status).toBe(200)
    expect(body['user']).toMatchObject({ email, email_verified: true, roles })
  })

  it('asks ana for the second factor that the banner shows', async () => {
    const { status, body } = await signIn(`${originOf(banner)}/t/acme`, 'ana@acme.test')

    expect(banner).toMatch(/ana@acme\.test +trader +TOTP +JBSWY3DPEHPK3PXP$/m)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'mfa_required',
      methods: expect.arrayContaining(['totp']),
    })
    expect(body).not.toHaveProperty('access_token')
  })

  it('shows mail at /dev/mail and /dev/mail.json, and started with none', async () => {
    const origin = originOf(banner)
    expect(await (await fetch(`${origin}/dev/mail.json`)).json()).toEqual({ data: [] })
    await fetch(`${origin}/t/acme/api/auth/password/forgot`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"email":"ana@acme.test"}',
    })

    const found = await poll(async () => {
      const answer = await fetch(`${origin}/dev/mail.json?to=ana@acme.test`)
      const { data } = (await answer.json()) as { data: { text: string }[] }
      return data[0]
    })

    expect(found.text).toContain(`${origin}/t/acme/reset-password#`)
    const page = await (await fetch(`${origin}/dev/mail`)).text()
    expect(page).toContain('to <b>ana@acme.test</b>')
    const others = await fetch(`${origin}/dev/mail.json?to=ben@acme.test`)
    expect(await others.json()).toEqual({ data: [] })
  })

  it('refuses a name that is made to point here (DNS rebinding)', async () => {
    const port = Number(new URL(originOf(banner)).port)

    expect(await statusFor(port, `attacker.example:${port}`)).toBe(404)
    expect(await statusFor(port, `localhost:${port}`)).toBe(200)
    expect(await statusFor(port, `127.0.0.1:${port}`)).toBe(200)
  })

  it('ends with 0 on Ctrl-C and has the data at the next start', async () => {
    server.child.kill('SIGINT')
    expect(await server.exited).toBe(0)
    expect(existsSync(join(cwd, '.countersign', 'db', 'countersign.lock'))).toBe(false)

    const again = startProcess(['dev', '--port', '0'], { cwd })
    await again.until(READY)

    const keyOf = (text: string) => /key_\w{26}/.exec(text)?.[0]
    expect(keyOf(again.stdout())).toBe(keyOf(banner))
    expect(again.stdout()).not.toContain('created')
    expect(again.stdout()).toContain('acme: 4 users, 3 roles, 2 OAuth clients')
    expect((await signInAsPrinted(again.stdout())).status).toBe(200)
    again.child.kill('SIGTERM')
    expect(await again.exited).toBe(0)
  })
})

describe('countersign dev with options', { timeout: 120_000 }, () => {
  it('starts empty in memory with --memory --no-seed, and writes no files', async () => {
    const cwd = temporaryFolder()
    const server = startProcess(['dev', '--port', '0', '--memory', '--no-seed', '--json'], { cwd })
    await server.until('"signing_key"')

    const facts = JSON.parse(server.stdout()) as Record<string, unknown>

    expect(facts).toMatchObject({ tenant: 'system', users: [] })
    expect((await signIn(String(facts['issuer']), 'olga@system.test')).status).toBe(401)
    expect(existsSync(join(cwd, '.countersign'))).toBe(false)
    server.child.kill('SIGINT')
    expect(await server.exited).toBe(0)
  })

  it('begins anew with --reset, under a new key', async () => {
    const cwd = temporaryFolder()
    const start = async (...more: string[]) => {
      const server = startProcess(['dev', '--port', '0', '--json', '--no-seed', ...more], { cwd })
      await server.until('"signing_key"')
      server.child.kill('SIGINT')
      expect(await server.exited).toBe(0)
      return (JSON.parse(server.stdout()) as { signing_key: string }).signing_key
    }
    const first = await start()

    expect(await start()).toBe(first)
    expect(await start('--reset')).not.toBe(first)
  })
})

function originOf(banner: string): string {
  return /Issuer +(http:\/\/localhost:\d+)\/t\//.exec(banner)?.[1] ?? 'no issuer'
}

/** The address as it stands in the printed curl command. */
function urlOf(banner: string, last: string): string {
  const found = new RegExp(`curl -s (localhost:\\d+/t/acme/api/auth/${last}) `).exec(banner)?.[1]
  return `http://${found ?? 'not-printed'}`
}

async function signInAsPrinted(banner: string) {
  const body = /-d '([^']+)'/.exec(banner)?.[1] ?? ''
  return post(urlOf(banner, 'login'), body)
}

function signIn(issuer: string, email: string) {
  const body = JSON.stringify({ email, password: 'correct-horse-demo' })
  return post(`${issuer}/api/auth/login`, body)
}

async function post(url: string, body: string) {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers, body })
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
}

/** `fetch` writes `Host` itself. */
function statusFor(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/dev/mail.json', headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode)
    })
      .on('error', reject)
      .end()
  })
}

async function poll<T>(read: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const found = await read()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it did not come')
}
