import type { DeviceMessagePort } from '../domains/devices/index.ts'
import { parseEmailAddress } from '../platform/mail/index.ts'
import type { Outbox } from '../platform/outbox/index.ts'
import { displayNameOf } from './mail-text.ts'

/** Tells a user of a sign-in on a device that is new for them. */
export function createDeviceMessages(outbox: Pick<Outbox, 'enqueueMail'>): DeviceMessagePort {
  return {
    send: async (tx, context, { to: address, label, place }) => {
      const to = parseEmailAddress(address)
      if (to === undefined) throw new Error('a stored address is not an address')
      const name = displayNameOf(context)
      const { ip } = context.source
      const lines = [
        `Somebody signed in to your account at ${name} on a device that was not used for it before.`,
        '',
        `Device:  ${label}`,
        `Time:    ${context.clock.now().toUTCString()}`,
        `Address: ${place === undefined ? ip : `${ip} (${place})`}`,
        '',
        'If it was you, you need not do anything.',
        'If it was not you, change your password now: that signs every device out.',
      ]
      const subject = `New sign-in to your account at ${name}`
      await outbox.enqueueMail(tx, context, { to, subject, text: `${lines.join('\n')}\n` })
    },
  }
}
