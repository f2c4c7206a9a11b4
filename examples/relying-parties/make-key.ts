// Makes the key of a FAPI client: the private half goes to a file, the public half to the server.
import { writeFile } from 'node:fs/promises'
import { setting } from './setting.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const { privateKey } = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const jwk = { ...(await crypto.subtle.exportKey('jwk', privateKey)), kid: 'k1' }
await writeFile(setting('KEY_FILE'), JSON.stringify(jwk), { mode: 0o600 })
console.log(JSON.stringify({ x: jwk.x, y: jwk.y }))
