import { randomBytes, randomFillSync } from 'node:crypto'

/**
 * Random bytes that nobody else gets. A call of the generator costs more than what is done with the
 * bytes, so it is called for many at once.
 *
 * SECURITY: what was taken is not kept here. Attack: a copy of the memory shows the secrets that were
 * made before it.
 */
export function takeRandomBytes(count: number): Buffer {
  if (count > POOL_BYTES) return randomBytes(count)
  if (position + count > POOL_BYTES) {
    randomFillSync(pool)
    position = 0
  }
  const taken = Buffer.from(pool.subarray(position, position + count))
  pool.fill(0, position, position + count)
  position += count
  return taken
}

const POOL_BYTES = 2048
const pool = Buffer.alloc(POOL_BYTES)
let position = POOL_BYTES
