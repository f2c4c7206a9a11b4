import { describe, expect, it } from 'vitest'
import { createMailbox, parseEmailAddress } from '../../platform/mail/index.ts'
import { mailboxPages } from './mailbox-pages.ts'

const address = (text: string) => {
  const parsed = parseEmailAddress(text)
  if (parsed === undefined) throw new Error(`no address: ${text}`)
  return parsed
}

async function openMailbox(...mails: { to: string; subject: string; text: string }[]) {
  const mailbox = createMailbox()
  for (const mail of mails) await mailbox.send({ ...mail, to: address(mail.to) })
  const render = async (path: string, query: Record<string, string | undefined> = {}) => {
    const page = mailboxPages(mailbox).find((candidate) => candidate.path === path)
    return String(await page?.render(query))
  }
  return render
}

const ANA = { to: 'ana@acme.test', subject: 'First', text: 'Hello Ana' }
const BEN = { to: 'ben@acme.test', subject: 'Second', text: 'Hello Ben' }

describe('the development mailbox', () => {
  it('shows the newest mail first', async () => {
    const render = await openMailbox(ANA, BEN)

    const page = await render('/dev/mail')

    expect(page.indexOf('Hello Ben')).toBeGreaterThan(-1)
    expect(page.indexOf('Hello Ben')).toBeLessThan(page.indexOf('Hello Ana'))
  })

  it('shows only mail to one address, however it is written', async () => {
    const render = await openMailbox(ANA, BEN)

    const page = await render('/dev/mail', { to: 'ANA@acme.test' })
    const { data } = JSON.parse(await render('/dev/mail.json', { to: 'Ana@Acme.test' }))

    expect(page).toContain('Hello Ana')
    expect(page).not.toContain('Hello Ben')
    expect(data).toEqual([{ ...ANA, number: 1, sent_at: expect.any(String) }])
  })

  it('shows the SMS to a number, also where the query has lost its plus', async () => {
    const mailbox = createMailbox()
    mailbox.keep({ to: '+4915112345678', subject: 'SMS', text: 'Code' })
    await mailbox.send({ ...ANA, to: address(ANA.to) })
    const page = mailboxPages(mailbox).find(({ path }) => path === '/dev/mail.json')

    for (const to of ['+4915112345678', ' 4915112345678']) {
      const { data } = JSON.parse(String(await page?.render({ to })))
      expect(data).toMatchObject([{ to: '+4915112345678', text: 'Code' }])
    }
  })

  it('shows nothing for text that is no address', async () => {
    const render = await openMailbox(ANA)

    expect(JSON.parse(await render('/dev/mail.json', { to: 'nonsense' }))).toEqual({ data: [] })
  })

  it.each(['subject', 'text'] as const)('escapes markup in the %s', async (member) => {
    const attack = `"'><script>alert(1)</script>`
    const render = await openMailbox({ ...ANA, [member]: attack })

    const page = await render('/dev/mail')

    expect(page).not.toContain('<script')
    expect(page).toContain('&quot;&#39;&gt;&lt;script&gt;')
  })

  it('escapes markup in the filter', async () => {
    const render = await openMailbox()

    const page = await render('/dev/mail', { to: '"><img src=x>' })

    expect(page).not.toContain('<img')
  })

  it('makes links of http addresses only', async () => {
    const text = 'https://id.example/t/a/x#tok_1 javascript:alert(1) http://a.test/?q=1&r=2'
    const render = await openMailbox({ ...ANA, text })

    const page = await render('/dev/mail')
    const links = [...page.matchAll(/<a href="([^"]*)" rel="noreferrer">/g)].map(([, href]) => href)

    expect(links).toEqual(['https://id.example/t/a/x#tok_1', 'http://a.test/?q=1&amp;r=2'])
  })

  it('needs no inline style or script, which the policy of pages forbids', async () => {
    const render = await openMailbox(ANA)

    const page = await render('/dev/mail')

    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=/i)
    expect(page).toContain('<link rel="stylesheet" href="/dev/mail.css">')
    expect(await render('/dev/mail.css')).toContain('prefers-color-scheme: dark')
  })

  it('says what to do while it is empty', async () => {
    const render = await openMailbox()

    expect(await render('/dev/mail')).toContain('No mail yet.')
    expect(await render('/dev/mail', { to: 'ana@acme.test' })).toContain(
      'No mail to <b>ana@acme.test</b> yet.',
    )
  })
})
