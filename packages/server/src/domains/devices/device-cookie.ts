import {
  constantTimeEqual,
  type PresentedDevice,
  Secret,
  type TenantRef,
} from '../../kernel/index.ts'
import { hmacSha256, randomToken, sha256 } from '../../platform/crypto/index.ts'

/**
 * Reads and writes the content of device cookies, `<43 characters>.<43 characters>`: 256 random
 * bits and their MAC, which also covers the tenant.
 *
 * SECURITY: nobody but us makes a device. Attack: somebody who read the table of devices, or who
 * has a device of another tenant, presents it here. The table holds a hash; the MAC needs our key.
 */
export interface DeviceCookies {
  /** @returns undefined unless we made it, for this tenant */
  parse(tenant: Pick<TenantRef, 'id'>, text: string): PresentedDevice | undefined
  format(tenant: Pick<TenantRef, 'id'>, device: PresentedDevice): Secret<string>
  make(): PresentedDevice
}

/** @param keys the first signs, all verify: a device survives a change of the master key */
export function createDeviceCookies(keys: readonly Buffer[]): DeviceCookies {
  const [newest] = keys
  if (newest === undefined) throw new TypeError('device cookies need a key')
  return {
    parse: (tenant, text) => {
      const [, value, mac] = COOKIE_PATTERN.exec(text) ?? []
      if (value === undefined || mac === undefined) return undefined
      const isOurs = keys.some((key) => constantTimeEqual(mac, macOf(key, tenant, value)))
      return isOurs ? toDevice(value) : undefined
    },
    format: (tenant, { value }) => {
      const text = value.reveal()
      return new Secret(`${text}.${macOf(newest, tenant, text)}`)
    },
    make: () => toDevice(randomToken(32)),
  }
}

function toDevice(value: string): PresentedDevice {
  return { value: new Secret(value), hash: sha256(value) }
}

function macOf(key: Buffer, { id }: Pick<TenantRef, 'id'>, value: string): string {
  return hmacSha256(key, `${id}|${value}`).toString('base64url')
}

const COOKIE_PATTERN = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})$/
