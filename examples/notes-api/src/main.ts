import process from 'node:process'
import { createVerifier } from '@countersign/verify'
import { createNotesApi } from './notes-api.ts'
import { openNotesDatabase } from './notes-database.ts'

const { NOTES_COUNTERSIGN_URL, NOTES_DATABASE_URL, NOTES_PORT } = process.env

const verifier = createVerifier({
  issuer: { tenantsOf: NOTES_COUNTERSIGN_URL ?? 'http://localhost:4820' },
  audience: 'notes-api',
})
const database = await openNotesDatabase(NOTES_DATABASE_URL)
const app = await createNotesApi(database.pool, verifier)
app.addHook('onClose', () => database.close())

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void app.close())
}
await app.listen({ host: '127.0.0.1', port: Number(NOTES_PORT ?? 4830) })
console.log(`Notes API on ${app.listeningOrigin}/notes`)
