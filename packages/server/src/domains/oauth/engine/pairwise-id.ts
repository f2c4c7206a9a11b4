import { createCipheriv, createDecipheriv } from 'node:crypto'
import { fromUuid, type Id, parseId, toUuid } from '../../../kernel/index.ts'
import { hkdf } from '../../../platform/crypto/index.ts'

export interface PairwiseName {
  /** 32 bytes, of the tenant. */
  readonly secret: Buffer
  /** Clients of one sector know a user by the same subject. */
  readonly sector: string
}

/**
 * What clients of that sector call a user, a session, or a request that something came of. Two
 * sectors can't tell that they mean the same one; we can tell whom they mean.
 *
 * An id has 128 bits, one block of AES, which is a permutation of blocks that nobody without the key
 * can tell from a random one. So there is no table, and no two ids get one name.
 * @see OIDC Core §8.1
 */
export function toPairwise(name: PairwiseName, id: Id<'usr'> | Id<'ses'> | Id<'req'>): string {
  const [kind = ''] = id.split('_')
  const block = Buffer.from(toUuid(id).replaceAll('-', ''), 'hex')
  const cipher = createCipheriv(BLOCK, keyOf(name, kind), null).setAutoPadding(false)
  return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url')
}

/** @returns undefined for what no user of ours is called in that sector */
export function fromPairwise(name: PairwiseName, subject: string): Id<'usr'> | undefined {
  const block = Buffer.from(subject, 'base64url')
  if (block.length !== 16 || block.toString('base64url') !== subject) return undefined
  const decipher = createDecipheriv(BLOCK, keyOf(name, 'usr'), null).setAutoPadding(false)
  const hex = Buffer.concat([decipher.update(block), decipher.final()]).toString('hex')
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
  return parseId('usr', fromUuid('usr', uuid))
}

function keyOf({ secret, sector }: PairwiseName, kind: string): Buffer {
  return hkdf(secret, JSON.stringify(['countersign/pairwise/v1', kind, sector]))
}

/** A single block: there is nothing to chain, and the same id has to give the same name. */
const BLOCK = 'aes-256-ecb'
