import { vi } from 'vitest'
import type { MailboxEntry } from '../../src/platform/mail/index.ts'
import type { World } from '../support/open-world.ts'

/** Waits for the `count`th mail to an address, since delivery follows the answer; newest first. */
export async function mailTo(
  { mailbox }: Pick<World, 'mailbox'>,
  address: string,
  count = 1,
): Promise<readonly MailboxEntry[]> {
  const arrived = () => {
    const mails = mailbox.list({ to: address })
    if (mails.length < count) throw new Error(`${mails.length} of ${count} mails arrived`)
    return mails
  }
  return vi.waitFor(arrived, { timeout: 20_000, interval: 10 })
}

/** The token in the link of the newest of `count` mails. */
export async function tokenFromMail(
  world: Pick<World, 'mailbox'>,
  address: string,
  count = 1,
): Promise<string> {
  const [newest] = await mailTo(world, address, count)
  const token = /#(\S+)/.exec(newest?.text ?? '')?.[1]
  if (token === undefined) throw new Error('the mail has no token')
  return token
}
