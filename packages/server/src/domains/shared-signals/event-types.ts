/** The events of users that a stream can carry. The migration `shared-signals-capture` says what each is told of. */
export const SHARED_SIGNAL_TYPES = [
  'caep/session-revoked',
  'caep/token-claims-change',
  'caep/credential-change',
  'caep/assurance-level-change',
  'risc/account-disabled',
  'risc/account-enabled',
  'risc/account-purged',
  'risc/identifier-changed',
  'risc/credential-compromise',
] as const
export type SharedSignalType = (typeof SHARED_SIGNAL_TYPES)[number]

/** Events about the stream itself: every stream carries them (SSF §8.1.4, §8.1.5). */
export type StreamSignalType = 'ssf/verification' | 'ssf/stream-updated'
export type SignalType = SharedSignalType | StreamSignalType

/** The name of an event type in the `events` claim. */
export function uriOf(type: SignalType): string {
  const [family, name] = type.split('/')
  return `https://schemas.openid.net/secevent/${family}/event-type/${name}`
}

/** SSF §8.1.1: what a receiver asks for and we do not know is ignored. */
export function knownTypes(uris: readonly string[]): readonly SharedSignalType[] {
  return SHARED_SIGNAL_TYPES.filter((type) => uris.includes(uriOf(type)))
}

export const EVENTS_SUPPORTED: readonly string[] = SHARED_SIGNAL_TYPES.map(uriOf)
