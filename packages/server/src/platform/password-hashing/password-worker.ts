import { setPriority } from 'node:os'
import type { JobReply, JobRequest } from './job-message.ts'

// Entry of the child process. Below normal priority, so that cheap requests stay fast while
// passwords are hashed. Set before Argon2 is loaded: its threads inherit it.
setPriority(10)

// The parent has died or has let go.
process.on('disconnect', () => process.exit(0))

// Terminals and service managers signal the whole group; the parent decides when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const { hashSync, verifySync } = await import('@node-rs/argon2')
const { verifyForeignHash } = await import('./verify-foreign-hash.ts')

process.on('message', (request: JobRequest) => {
  const reply = run(request)
  request.input.fill(0)
  process.send?.(reply)
})

function run(request: JobRequest): JobReply {
  try {
    const { job, input } = request
    if (job.kind === 'verify') return { matches: verifySync(job.phc, input) }
    if (job.kind === 'verify_foreign') return { matches: verifyForeignHash(job.hash, input) }
    const { memoryKib, iterations, parallelism } = job.cost
    const phc = hashSync(input, {
      algorithm: ARGON2ID,
      memoryCost: memoryKib,
      timeCost: iterations,
      parallelism,
    })
    return { phc }
  } catch {
    // No text: it could quote the input.
    return { failed: true }
  }
}

const ARGON2ID = 2
