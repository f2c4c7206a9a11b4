import { randomBytes } from 'node:crypto'
import type { RequestContext, Secret, UserContext } from '../../../kernel/index.ts'
import type { Tx } from '../../../platform/db/index.ts'
import { record } from '../../audit/index.ts'
import { hashBackupCode, makeBackupCodes } from '../backup-code.ts'
import { replaceBackupCodes } from '../backup-code-store.ts'
import type { FactorDependencies } from '../dependencies.ts'
import { factorErrors } from '../errors.ts'
import { sealBackupKey } from '../sealed-secret.ts'
import type { FactorOwner } from '../store.ts'
import { sendFactorMessage } from './send-factor-message.ts'
import { withFactorProof } from './with-factor-proof.ts'

/**
 * Makes a new set; every code of the one before is dead at once.
 * @throws current_password_wrong, insufficient_user_authentication, factor_missing, overloaded
 */
export async function renewBackupCodes(
  deps: FactorDependencies,
  context: UserContext,
  currentPassword: Secret<string>,
): Promise<readonly Secret<string>[]> {
  const refused = 'backup_codes.refused'
  const { user } = await deps.identity.checkCurrentPassword(context, currentPassword, refused)
  const proof = { account: user.emailKey, response: undefined, refused }
  return withFactorProof(deps, context, proof, async (tx, { owner, state }) => {
    if (state.kinds.length === 0) throw factorErrors.factor_missing()
    await sendFactorMessage(deps, tx, context, { owner, kind: 'backup_codes_made' })
    return makeBackupCodesWithin(deps, tx, context, owner)
  })
}

/** In the transaction of a caller who has locked the user. */
export async function makeBackupCodesWithin(
  deps: Pick<FactorDependencies, 'sealer'>,
  tx: Tx,
  context: RequestContext,
  owner: FactorOwner,
): Promise<readonly Secret<string>[]> {
  const codes = makeBackupCodes()
  const key = randomBytes(MAC_KEY_BYTES)
  await replaceBackupCodes(tx, {
    userId: owner.id,
    keySealed: sealBackupKey(deps, context.tenant, owner.id, key),
    hashes: codes.map((code) => hashBackupCode(key, code)),
    createdAt: context.clock.now(),
  })
  await record(tx, context, {
    action: 'backup_codes.made',
    outcome: 'success',
    actor: { userId: owner.id },
    target: { kind: 'user', id: owner.id },
    details: { count: codes.length },
  })
  return codes
}

const MAC_KEY_BYTES = 32
