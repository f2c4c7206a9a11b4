import type Provider from 'oidc-provider'
import type { Interaction, Session } from 'oidc-provider'
import { parseId, type Principal, toNumericDate, toSeconds } from '../../../kernel/index.ts'
import type { LiveSession } from '../../sessions/index.ts'
import { type EngineModels, modelsOf } from './engine-models.ts'
import { clientOf } from './resource-servers.ts'
import { sessionIdFor } from './subject-for.ts'
import { currentScope } from './request-scope.ts'

type EngineSession = Session & { touched: boolean; destroyed: boolean }

/**
 * There is one session model, ours: who is signed in is what the session cookie of this browser
 * says at this moment. The engine's own session keeps only the anti-forgery state of its forms; what
 * it believes about the user is overwritten at every request.
 */
export function bindBrowserSession(
  provider: Provider,
  endSession: (live: LiveSession) => Promise<void>,
): void {
  const { Session, Client, Interaction } = modelsOf(provider)
  forgetAnswersOfOthers(Interaction)
  const getOwn = Session.get.bind(Session)
  Session.get = async (ctx) => {
    const scope = currentScope()
    const session = adopt(await getOwn(ctx), scope.live)
    scope.engineSession = session
    return session
  }
  Session.findByUid = async (uid) => {
    const { live } = currentScope()
    return live?.sessionId === uid ? adopt(new Session(), live) : (undefined as unknown as Session)
  }
  const saveOwn = Session.prototype.save
  const destroyOwn = Session.prototype.destroy
  // After an error the engine begins a form anew, and keeps it in a session that never was saved.
  Session.prototype.persist = async function persist(this: EngineSession) {
    return this.save(toSeconds(currentScope().context.tenant.policy.cookieIdle))
  }
  Session.prototype.save = async function save(this: EngineSession, ttl: number) {
    if (this.state !== undefined) return saveOwn.call(this, ttl)
    this.touched = false
    return this.jti
  }
  Session.prototype.destroy = async function destroy(this: EngineSession) {
    const { live } = currentScope()
    if (live !== undefined && this.accountId === live.userId) await endSession(live)
    await destroyOwn.call(this)
  }
  // `sid` is the id of our session, for every client, and stands in every ID token.
  Session.prototype.sidFor = function sidFor(this: Session, clientId: string) {
    const id = parseId('ses', this.uid)
    return id === undefined ? this.uid : sessionIdFor(clientOf(clientId), id)
  } as Session['sidFor']
  Session.prototype.ensureClientContainer = () => undefined
  Client.prototype.includeSid = () => true
}

/**
 * Who goes back to the engine may be another one than who answered, or nobody any more: another tab
 * has changed the account. The engine would show a page of its own that signs out; so it begins with
 * its questions again.
 */
function forgetAnswersOfOthers(models: EngineModels['Interaction']): void {
  const find = models.find.bind(models)
  models.find = (async (id: string) => {
    const interaction = (await find(id)) as Interaction | undefined
    const answered = interaction?.result?.login?.accountId
    if (answered !== undefined && answered !== currentScope().live?.userId) {
      delete interaction?.result
    }
    return interaction
  }) as typeof models.find
}

/** Anti-forgery state of another user or another session is not carried over. */
function adopt(session: Session, live: LiveSession | undefined): Session {
  const wasOf = session.accountId
  if (wasOf !== undefined && (live === undefined || session.uid !== live.sessionId)) {
    delete session.state
  }
  delete session.authorizations
  if (live === undefined) {
    delete session.accountId
    delete session.loginTs
    return session
  }
  return Object.assign(session, {
    accountId: live.userId,
    uid: live.sessionId,
    loginTs: toNumericDate(live.authTime),
    acr: live.acr,
    amr: [...live.amr],
  })
}

/** True while the engine's cookie would carry nothing. */
export function hasNothingToKeep(): boolean {
  return currentScope().engineSession?.state === undefined
}

/** Its user ends it. Permissions play no part in that, so none are given. */
export function toPrincipal(live: LiveSession): Principal {
  const { userId, sessionId, roles, authTime, acr, amr } = live
  const { email, emailVerifiedAt, displayName, locale, userCreatedAt: createdAt } = live
  const profile = { email, emailVerifiedAt, displayName, locale, createdAt }
  const permissions = new Set<string>()
  return {
    kind: 'user',
    via: 'session_cookie',
    userId,
    sessionId,
    roles,
    permissions,
    authTime,
    acr,
    amr,
    profile,
  }
}
