import type { Database } from '../../platform/db/index.ts'
import type { PlaceFinder } from '../../platform/geo/index.ts'
import type { DeviceCookies } from './device-cookie.ts'
import type { DeviceMessagePort, DeviceRemovalPort } from './ports.ts'

/** What every use case of this domain is given. */
export interface DeviceDependencies {
  readonly database: Database
  readonly cookies: DeviceCookies
  readonly places: PlaceFinder | undefined
  readonly messages: DeviceMessagePort
  readonly removal: DeviceRemovalPort
}
