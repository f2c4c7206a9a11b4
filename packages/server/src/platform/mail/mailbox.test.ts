import { describe, expect, it } from 'vitest'
import { createMailbox, type EmailAddress, parseEmailAddress } from './index.ts'

const ben = parseEmailAddress('ben@acme.test') as EmailAddress
const dan = parseEmailAddress('dan@acme.test') as EmailAddress
const sentAt = new Date('2030-01-01T00:00:00Z')
const clock = { now: () => sentAt }

describe('mailbox', () => {
  it('lists the newest mail first', async () => {
    const mailbox = createMailbox({ clock })

    await mailbox.send({ to: ben, subject: 'one', text: '1' })
    await mailbox.send({ to: dan, subject: 'two', text: '2', html: '<p>2</p>' })

    expect(mailbox.list()).toEqual([
      { number: 2, sentAt, to: dan, subject: 'two', text: '2', html: '<p>2</p>' },
      { number: 1, sentAt, to: ben, subject: 'one', text: '1' },
    ])
  })

  it('lists the mail to one address, in any case', async () => {
    const mailbox = createMailbox()
    await mailbox.send({ to: ben, subject: 'one', text: '1' })
    await mailbox.send({ to: dan, subject: 'two', text: '2' })

    expect(mailbox.list({ to: 'BEN@acme.test' }).map((mail) => mail.subject)).toEqual(['one'])
    expect(mailbox.list({ to: 'acme.test' })).toEqual([])
  })

  it('forgets the oldest mail beyond 500', async () => {
    const mailbox = createMailbox()

    for (let i = 1; i <= 501; i++) await mailbox.send({ to: ben, subject: `${i}`, text: '' })

    expect(mailbox.list()).toHaveLength(500)
    expect(mailbox.list().at(-1)?.number).toBe(2)
  })

  it('refuses malformed mail as the real transport does', async () => {
    const mailbox = createMailbox()

    await expect(mailbox.send({ to: ben, subject: 'a\nb', text: '' })).rejects.toThrow(TypeError)
    expect(mailbox.list()).toEqual([])
  })
})
