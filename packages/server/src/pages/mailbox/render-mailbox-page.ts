import type { MailboxEntry } from '../../platform/mail/index.ts'
import { type Html, html } from '../html.ts'

/** Newest first; works without scripts. */
export function renderMailboxPage(entries: readonly MailboxEntry[], to: unknown): string {
  const filter = typeof to === 'string' ? to : ''
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mailbox (${entries.length}) · Countersign</title>
<link rel="stylesheet" href="/dev/mail.css">
</head>
<body>
<header>
<h1>Mailbox</h1>
<p>Development only. Mail to anyone lands here; nothing leaves this machine.</p>
<form method="get" action="/dev/mail" role="search">
<label for="to">To</label>
<input id="to" name="to" type="text" inputmode="email" autocomplete="off" value="${filter}"
 placeholder="ben@acme.test">
<button type="submit">Show</button>
<a href="/dev/mail">All mail</a>
</form>
</header>
<main>
${entries.length === 0 ? renderEmpty(filter) : entries.map(renderEntry)}
</main>
</body>
</html>
`.toString()
}

function renderEmpty(filter: string): Html {
  if (filter !== '') return html`<p class="empty">No mail to <b>${filter}</b> yet.</p>`
  return html`<p class="empty">No mail yet. Register somebody or reset a password.</p>`
}

function renderEntry({ number, to, subject, text, sentAt }: MailboxEntry): Html {
  const time = sentAt.toISOString()
  return html`<article aria-labelledby="mail-${number}">
<h2 id="mail-${number}">${subject}</h2>
<p class="meta">to <b>${to}</b> · <time datetime="${time}">${time.slice(11, 19)} UTC</time></p>
<pre>${linkAddresses(text)}</pre>
</article>
`
}

/** Only http(s) becomes a link, so that no `javascript:` in a mail can be clicked. */
function linkAddresses(text: string): readonly Html[] {
  return text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : html`${part}`,
    )
}
