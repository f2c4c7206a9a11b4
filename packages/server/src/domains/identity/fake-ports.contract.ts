import { defineErrors, type Secret } from '../../kernel/index.ts'
import { sql } from '../../platform/db/index.ts'
import type { PasswordHasher } from '../../platform/password-hashing/index.ts'
import type { IdentityDependencies, IdentityMessage } from './index.ts'

const errors = defineErrors({
  test_port_failed: { status: 503, title: 'A port failed in a test', help: 'Only in tests.' },
})

/** Fakes at the ports of the identity domain; they remember what they were asked for. */
export class FakePorts {
  readonly messages: IdentityMessage[] = []
  readonly credentialChanges: { userId: string; reason: string; keep: string | undefined }[] = []
  readonly guesses = new Map<string, number>()
  readonly breached = new Set<string>()
  hashed = 0
  verified = 0
  failsAt: 'credential_change' | 'verify' | 'breach_list' | undefined
  readonly #hasher: PasswordHasher

  constructor(hasher: PasswordHasher) {
    this.#hasher = hasher
  }

  lastToken(kind: IdentityMessage['kind']): Secret<string> {
    const token = this.messages.findLast((message) => message.kind === kind)?.token
    if (token === undefined) throw new Error(`no message with a token: ${kind}`)
    return token
  }

  dependencies(): Omit<IdentityDependencies, 'database' | 'access'> {
    return {
      hasher: this.#countingHasher(),
      messages: {
        send: async (tx, _, message) => {
          await tx.run(sql`SELECT 1`)
          this.messages.push(message)
        },
      },
      credentialChange: {
        credentialChanged: async (_tx, _context, userId, reason, keep) => {
          if (this.failsAt === 'credential_change') throw errors.test_port_failed()
          this.credentialChanges.push({ userId, reason, keep })
        },
      },
      guesses: {
        reserve: async (_, account) => {
          const before = this.guesses.get(account) ?? 0
          if (before >= 5) return { blocked: true }
          this.guesses.set(account, before + 1)
          return { blocked: false }
        },
        refund: async (_, account) => {
          this.guesses.set(account, (this.guesses.get(account) ?? 0) - 1)
        },
        clear: (_, account) => {
          this.guesses.delete(account)
          return sql`SELECT 1`
        },
        unlock: (_, account) => {
          this.guesses.delete(account)
          return sql`SELECT 1`
        },
      },
      breachedPasswords: {
        isBreached: async (password) => {
          if (this.failsAt === 'breach_list') throw new Error('list not reachable')
          return this.breached.has(password.reveal())
        },
      },
    }
  }

  #countingHasher(): IdentityDependencies['hasher'] {
    return {
      decoyHash: this.#hasher.decoyHash,
      hash: (password) => {
        this.hashed += 1
        return this.#hasher.hash(password)
      },
      verify: async (password, stored) => {
        this.verified += 1
        if (this.failsAt === 'verify') throw errors.test_port_failed()
        return this.#hasher.verify(password, stored)
      },
    }
  }
}
