import {
  addDuration,
  type ClientId,
  days,
  type RequestContext,
  type Secret,
} from '../../../../kernel/index.ts'
import type { Database } from '../../../../platform/db/index.ts'
import { record } from '../../../audit/index.ts'
import { oauthErrors } from '../../errors.ts'
import { hashClientSecret, makeClientSecret } from '../client-secret.ts'
import { usesSecret } from '../profiles.ts'
import { findClient, insertSecret, retireSecrets } from '../store.ts'

/** @throws client_not_found, client_has_no_secret */
export async function rotateClientSecret(
  database: Database,
  context: RequestContext,
  id: ClientId,
): Promise<Secret<string>> {
  const now = context.clock.now()
  const secret = makeClientSecret()
  await database.withTenant(context.tenant.id, async (tx) => {
    const client = await findClient(tx, id)
    if (client === undefined) throw oauthErrors.client_not_found()
    if (!usesSecret(client.metadata.token_endpoint_auth_method)) {
      throw oauthErrors.client_has_no_secret()
    }
    await retireSecrets(tx, id, addDuration(now, OVERLAP))
    await insertSecret(tx, id, { hash: hashClientSecret(secret), now })
    await record(tx, context, {
      action: 'client.secret_rotated',
      outcome: 'success',
      target: { kind: 'client', id },
    })
  })
  return secret
}

/** How long the secret before goes on working. */
const OVERLAP = days(1)
