import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type { Registered } from './open-party-world.ts'
import { watch } from './start-example.ts'

const MODULES = '/usr/lib/apache2/modules'
const APACHE = '/usr/sbin/apache2'

/** As with Chromium: skipped with a warning, and never in continuous integration. */
export function skipWithoutApache(): boolean {
  const missing = [APACHE, `${MODULES}/mod_auth_openidc.so`].filter((file) => !existsSync(file))
  if (missing.length === 0) return false
  const advice = 'needs `apt-get install apache2 libapache2-mod-auth-openidc`'
  if (process.env['CI'] === 'true') throw new Error(`${missing.join(', ')}: ${advice}`)
  console.warn(`SKIPPED: signing in at Apache ${advice}`)
  return true
}

export interface ApacheOptions {
  readonly issuer: string
  readonly client: Registered
  readonly port: number
}

/** A web server of this test, with settings, logs and files in a folder of its own. */
export async function startApache(options: ApacheOptions) {
  const folder = await mkdtemp(path.join(tmpdir(), 'countersign-apache-'))
  // As root, Apache answers as another user, who has to read this.
  await chmod(folder, 0o755)
  const documents = path.join(folder, 'documents')
  await mkdir(path.join(documents, 'protected'), { recursive: true })
  await writeFile(path.join(documents, 'index.html'), 'public')
  await writeFile(path.join(documents, 'protected', 'index.shtml'), PAGE)
  const file = path.join(folder, 'apache.conf')
  await writeFile(file, settings(folder, options.port))
  const child = spawn(APACHE, ['-d', folder, '-f', file, '-D', 'FOREGROUND'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(options),
  })
  const running = watch(child)
  await running.until('resuming normal operations')
  return {
    output: running.output,
    stop: async () => {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What stands for itself in the example. */
function environment({ issuer, client, port }: ApacheOptions): Record<string, string> {
  return {
    ISSUER: issuer,
    CLIENT_ID: client.id,
    CLIENT_SECRET: client.secret,
    APP_URL: `http://127.0.0.1:${port}`,
    CRYPTO_PASSPHRASE: randomBytes(24).toString('hex'),
  }
}

function settings(folder: string, port: number): string {
  const modules = LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`)
  return `${modules.join('\n')}
Listen 127.0.0.1:${port}
ServerName 127.0.0.1
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog "|/bin/cat"
DocumentRoot ${folder}/documents
DirectoryIndex index.shtml index.html
TypesConfig /dev/null
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}

<Directory ${folder}/documents>
  Require all granted
  Options +Includes
</Directory>
Include ${EXAMPLE}
`
}

/** What the module tells the application behind it. */
const PAGE = `<pre id="email"><!--#echo var="OIDC_CLAIM_email" --></pre>
<pre id="sub"><!--#echo var="OIDC_CLAIM_sub" --></pre>
<pre id="acr"><!--#echo var="OIDC_CLAIM_acr" --></pre>
`

const EXAMPLE = fileURLToPath(
  new URL('../../../../examples/relying-parties/apache-openidc.conf', import.meta.url),
)

const LOADED = [
  'mpm_event',
  'authn_core',
  'authz_core',
  'authz_user',
  'dir',
  'mime',
  'include',
  'auth_openidc',
]
