import { createHash } from 'node:crypto'

export { newId } from '../../src/kernel/index.ts'

export function sha256ForTest(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}
