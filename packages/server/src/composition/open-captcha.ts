import {
  type CaptchaProvider,
  createAltchaProvider,
  createSiteverifyProvider,
} from '../platform/captcha/index.ts'
import type { CaptchaConfig } from '../platform/config/index.ts'
import { createEgress } from '../platform/egress/index.ts'

/** @param hashKey of the built-in challenges, the same on all nodes */
export function openCaptcha(config: CaptchaConfig, hashKey: Uint8Array): CaptchaProvider {
  if (config.provider === 'altcha') return createAltchaProvider({ hashKey })
  const { provider, url, siteKey, secret } = config
  // A service that the operator named may stand in the own network.
  const egress = createEgress({ allowPrivate: !config.isDefaultUrl })
  return createSiteverifyProvider({ provider, egress, url, siteKey, secret })
}
