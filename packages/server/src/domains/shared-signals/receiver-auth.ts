import { minutes } from '../../kernel/index.ts'
import { SIGNAL_SCOPES } from '../oauth/index.ts'
import type { SharedSignals } from './shared-signals.ts'

export interface SharedSignalRouteServices {
  readonly sharedSignals: SharedSignals
}

/** CAEP Interoperability Profile §2.7: who may manage may read. */
export const readAuth = {
  kind: 'client',
  scopes: [SIGNAL_SCOPES.manage, SIGNAL_SCOPES.read],
} as const
export const manageAuth = { kind: 'client', scopes: [SIGNAL_SCOPES.manage] } as const
export const receiverLimit = { limit: 120, window: minutes(1), by: 'principal' } as const
export const RECEIVER_TAG = 'Shared signals'
