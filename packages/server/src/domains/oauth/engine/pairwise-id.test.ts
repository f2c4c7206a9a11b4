import { expect, it } from 'vitest'
import { newId } from '../../../kernel/index.ts'
import { fromPairwise, toPairwise } from './pairwise-id.ts'

const name = { secret: Buffer.alloc(32, 7), sector: 'app.example' }
const user = newId('usr')

it('OIDC Core §8.1: is the same for the same user, sector and secret, and of none else', () => {
  const subject = toPairwise(name, user)

  expect(toPairwise(name, user)).toBe(subject)
  expect(subject).toMatch(/^[\w-]{22}$/)
  const others = [
    toPairwise(name, newId('usr')),
    toPairwise({ ...name, sector: 'other.example' }, user),
    toPairwise({ ...name, secret: Buffer.alloc(32, 8) }, user),
    toPairwise(name, `ses_${user.slice(4)}`),
  ]
  expect(new Set([subject, ...others]).size).toBe(5)
})

it('leads back to the user in its own sector only', () => {
  const subject = toPairwise(name, user)

  expect(fromPairwise(name, subject)).toBe(user)
  expect(fromPairwise({ ...name, sector: 'other.example' }, subject)).not.toBe(user)
  for (const text of ['', user, `${subject}A`, `${subject.slice(0, 21)}.`]) {
    expect(fromPairwise(name, text)).toBeUndefined()
  }
})
