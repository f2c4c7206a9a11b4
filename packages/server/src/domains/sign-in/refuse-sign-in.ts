import type { ErrorFactory, RequestContext, UserId } from '../../kernel/index.ts'
import type { Database } from '../../platform/db/index.ts'
import { recordRefusal } from '../audit/index.ts'

export interface SignInRefusal {
  readonly reason: string
  readonly userId: UserId | undefined
  readonly method: string
  readonly error: ErrorFactory
}

/** The trail has the reason; the caller gets the one answer that all reasons share. */
export async function refuseSignIn(
  { database }: { readonly database: Database },
  context: RequestContext,
  { reason, userId, method, error }: SignInRefusal,
): Promise<never> {
  await recordRefusal(database, context, {
    action: 'sign_in.refused',
    ...(userId === undefined ? {} : { target: { kind: 'user', id: userId } }),
    details: { reason, method },
  })
  throw error()
}
