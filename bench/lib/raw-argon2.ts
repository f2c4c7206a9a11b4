import { verify, hashSync } from '@node-rs/argon2'
import { availableParallelism } from 'node:os'

/** Prints how many verifications a second this machine does with all cores and nothing else. */
const options = { memoryCost: 65_536, timeCost: 3, parallelism: 4, algorithm: 2 }
const stored = hashSync('plum-orbit-lantern-42', options)
const end = performance.now() + Number(process.argv[2]) * 1000
let done = 0
const start = performance.now()
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    while (performance.now() < end) {
      await verify(stored, 'plum-orbit-lantern-42')
      done++
    }
  }),
)
console.log(done / ((performance.now() - start) / 1000))
