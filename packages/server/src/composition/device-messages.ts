import type { DeviceMessagePort } from '../domains/devices/index.ts'
import type { Language } from '../pages/language/languages.ts'
import { nameDevice } from '../pages/language/name-device.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { queueMail } from './compose-mail.ts'

/** Tells a user of a sign-in on a device that is new for them. */
export function createDeviceMessages(outbox: Pick<Outbox, 'enqueueMail'>): DeviceMessagePort {
  return {
    send: (tx, context, { to, locale, label, place }) => {
      const { ip } = context.source
      const address = place === undefined ? ip : `${ip} (${place})`
      const values = ({ texts }: Language) => ({ device: nameDevice(texts, label), address })
      return queueMail(outbox, tx, context, { kind: 'new_device', to, locale, values })
    },
  }
}
