import type { DeviceMessagePort } from '../domains/devices/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { queueMail } from './compose-mail.ts'

/** Tells a user of a sign-in on a device that is new for them. */
export function createDeviceMessages(outbox: Pick<Outbox, 'enqueueMail'>): DeviceMessagePort {
  return {
    send: (tx, context, { to, locale, label, place }) => {
      const { ip } = context.source
      const address = place === undefined ? ip : `${ip} (${place})`
      const values = () => ({ device: label, address })
      return queueMail(outbox, tx, context, { kind: 'new_device', to, locale, values })
    },
  }
}
