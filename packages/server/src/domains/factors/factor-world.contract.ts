import { randomBytes } from 'node:crypto'
import { AuthenticatorApp } from '../../../test/support/authenticator-app.ts'
import { CountingToken } from '../../../test/support/counting-token.ts'
import type { StoreWorld } from '../../../test/support/describe-store.ts'
import { readTrail, startBareSession } from '../../../test/support/start-bare-session.ts'
import { ACR, AppError, Secret, type UserContext } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { identityErrors, type User } from '../identity/index.ts'
import type { Tenant } from '../tenants/index.ts'
import {
  type CodeMethod,
  createAttestationTrust,
  createFactors,
  type FactorDependencies,
  type FactorMessage,
  type SmsCodeMessage,
} from './index.ts'

export type FactorWorld = Awaited<ReturnType<ReturnType<typeof factorWorlds>>>

/** This domain on a real database and a real sealer; what is beyond its ports is fake. */
export function factorWorlds(open: () => Promise<StoreWorld>) {
  const sealer = createSealer({ masterKey: new Secret(randomBytes(32)) })
  return async (settings?: Parameters<StoreWorld['tenant']>[0]) => {
    const world = await open()
    const acme = await world.tenant(settings)
    const ports = new FakePorts()
    const dependencies: FactorDependencies = { database: world.database, sealer, ...ports.all() }
    const factors = createFactors(dependencies)
    const user = async (tenant: Tenant = acme) => (await startBareSession(world, tenant)).context
    /** A user with a confirmed app; a step later, so that the next code is fresh. */
    const withApp = async (tenant: Tenant = acme) => {
      const context = await user(tenant)
      const { id, secret } = await factors.enrollTotp(context, PASSWORD_ONLY)
      const app = new AuthenticatorApp(secret.reveal(), world.clock)
      const code = new Secret(app.code())
      const { backupCodes = [] } = await factors.confirmTotp(context, { id, code })
      world.clock.advance({ milliseconds: 30_000 })
      return { context, id, app, backupCodes }
    }
    /** A user with a confirmed token that counts; `press` gives its next code. */
    const withToken = async (tenant: Tenant = acme) => {
      const context = await user(tenant)
      const { id, secret } = await factors.enrollHotp(context, PASSWORD_ONLY)
      const token = new CountingToken(secret.reveal())
      await factors.confirmHotp(context, { id, code: new Secret(token.press()) })
      return { context, id, token }
    }
    const redeem = (context: UserContext, method: CodeMethod, code: string) =>
      world.database.withTenant(context.tenant.id, (tx) =>
        factors.within.redeem(tx, context, {
          userId: context.principal.userId,
          response: { method, code: new Secret(code) },
        }),
      )
    const actions = async (tenant: Tenant = acme) =>
      (await readTrail(world, tenant)).map(({ action, outcome }) => `${action} ${outcome}`)
    return {
      ...world,
      acme,
      ports,
      dependencies,
      factors,
      user,
      withApp,
      withToken,
      redeem,
      actions,
    }
  }
}

/** The same user, whose session has proven a factor just now. */
export function freshlyProven(context: UserContext): UserContext {
  const principal = { ...context.principal, acr: ACR.mfa, authTime: context.clock.now() }
  return { ...context, principal }
}

export const PASSWORD_ONLY = { currentPassword: new Secret('right'), response: undefined }

export function withCode(code: string, method: CodeMethod = 'totp') {
  return { currentPassword: new Secret('right'), response: { method, code: new Secret(code) } }
}

/** Fifty at once: how many succeeded, and the distinct codes of the others. */
export async function race(
  work: (index: number) => Promise<unknown>,
): Promise<{ succeeded: number; codes: string[] }> {
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, index) => work(index)))
  const codes = results.flatMap((result) =>
    result.status === 'rejected'
      ? [result.reason instanceof AppError ? result.reason.code : String(result.reason)]
      : [],
  )
  const won = results.filter((one) => one.status === 'fulfilled' && one.value !== undefined)
  return { succeeded: won.length, codes: [...new Set(codes)] }
}

class FakePorts {
  readonly messages: FactorMessage['kind'][] = []
  readonly credentialChanges: { reason: string; keep: string | undefined }[] = []
  guesses = 0
  isBlocked = false
  readonly sms: SmsCodeMessage[] = []

  all(): Omit<FactorDependencies, 'database' | 'sealer'> {
    return {
      identity: {
        checkCurrentPassword: async (context, password) => {
          if (password.reveal() !== 'right') throw identityErrors.current_password_wrong()
          const emailKey = `${context.principal.userId}@example.test`
          return { user: { emailKey } as User, passwordHash: '' }
        },
      },
      messages: { send: async (_tx, _context, { kind }) => void this.messages.push(kind) },
      sms: { send: async (_tx, _context, message) => void this.sms.push(message) },
      attestationTrust: createAttestationTrust({ metadata: undefined, roots: [] }),
      relyingParty: { id: 'localhost', origins: ['http://localhost:4820'] },
      credentialChange: {
        credentialChanged: async (_tx, _context, _userId, reason, keep) =>
          void this.credentialChanges.push({ reason, keep }),
      },
      guesses: {
        reserve: async () => {
          if (!this.isBlocked) this.guesses += 1
          return { blocked: this.isBlocked }
        },
        refund: async () => {
          this.guesses -= 1
        },
      },
    }
  }
}
