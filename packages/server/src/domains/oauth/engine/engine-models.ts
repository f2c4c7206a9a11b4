import type Provider from 'oidc-provider'
import type {
  BackchannelAuthenticationRequest,
  Grant,
  IdToken,
  InitialAccessToken,
  Interaction,
  ReplayDetection,
  Session,
} from 'oidc-provider'

interface LogoutClient {
  backchannelLogout(sub: string, sid: string): Promise<unknown>
}

/** The classes that belong to one engine; replacing a method of them concerns that engine only. */
export interface EngineModels {
  readonly BackchannelAuthenticationRequest: typeof BackchannelAuthenticationRequest
  readonly Client: {
    find(id: string): Promise<LogoutClient | undefined>
    readonly prototype: {
      clientId: string
      compareClientSecret(actual: string): boolean
      includeSid(): boolean
      backchannelPing(request: object): Promise<unknown>
    }
  }
  readonly Grant: typeof Grant
  readonly IdToken: typeof IdToken
  readonly InitialAccessToken: typeof InitialAccessToken
  readonly Interaction: typeof Interaction
  readonly ReplayDetection: typeof ReplayDetection
  readonly Session: typeof Session
}

export function modelsOf(provider: Provider): EngineModels {
  return provider as unknown as EngineModels
}
