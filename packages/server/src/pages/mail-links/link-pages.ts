import { minutes } from '../../kernel/index.ts'
import type { PageReply, PageRoute } from '../../platform/http/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderField, renderForm, renderLinkButton } from '../design/form.ts'
import { renderNoticePage } from '../design/notice-page.ts'
import { textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html } from '../html.ts'
import { addressOf, attempt, openPage, type OpenPage, show } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { passwordRulesOf } from '../password-rules-of.ts'
import { type LinkTask, linkTasks } from './link-tasks.ts'

/**
 * The pages behind the links in messages. The token is in the fragment of the link, which reaches
 * no server and no log; a script moves it into the form, and without one it is pasted. Nothing is
 * redeemed before a person presses the button: scanners of mail open links.
 */
export function linkPages(services: PageServices): readonly PageRoute[] {
  return linkTasks.flatMap((task): PageRoute[] => {
    const name = `link${task.path.replace('/', '-')}`
    const rateLimit = { name, limit: 10, window: minutes(1), by: 'source' } as const
    const { path } = task
    return [
      {
        method: 'GET',
        path,
        auth: { kind: 'anyone' },
        rateLimit: { ...rateLimit, name: `${name}-page`, limit: 300 },
        handler: async (visit) => {
          const page = await openPage(services, visit)
          return show(page, render(page, task))
        },
      },
      {
        method: 'POST',
        path,
        auth: { kind: 'anyone' },
        rateLimit,
        handler: async (visit) => redeem(await openPage(services, visit), task),
      },
    ]
  })
}

function redeem(page: OpenPage, task: LinkTask): Promise<PageReply> {
  const words = task.words(textsOf(page.frame))
  return attempt(
    page,
    async () => {
      const next = await task.redeem(page)
      if (next !== undefined) return next
      const signIn = renderLinkButton(addressOf(page, '/sign-in'), textsOf(page.frame).signIn.title)
      const notice = { title: words.doneTitle, lead: words.doneLead, isDone: true }
      const more = html`<p class="actions">${signIn}</p>`
      return show(page, renderNoticePage(page.frame, { ...notice, more }))
    },
    (alert) => render(page, task, alert),
  )
}

function render(page: OpenPage, task: LinkTask, alert?: Alert): string {
  const { frame } = page
  const texts = textsOf(frame)
  const words = task.words(texts)
  const { token_invalid, invalid_email_sign_in } = texts.problems
  const isTokenRefused = [token_invalid, invalid_email_sign_in].some(
    ({ title }) => title === alert?.title,
  )
  const shown = alert !== undefined && isTokenRefused ? { ...alert, text: words.newLink } : alert
  const token = isTokenRefused ? '' : (page.visit.form['token'] ?? '')
  return renderCardPage(frame, {
    title: words.title,
    scripts: ['pages.js'],
    below: html`${texts.links.notExpecting}`,
    body: html`<h1>${words.title}</h1>
<p class="lead">${words.lead}</p>
${renderAlert(shown)}
${renderForm(frame, {
  action: `${page.prefix}${task.path}`,
  body: html`${renderToken(page, token)}
${
  task.choosesPassword
    ? renderPasswordField(frame, {
        name: 'password',
        label: texts.frame.newPassword,
        rules: passwordRulesOf(page),
        isInvalid: alert !== undefined && !isTokenRefused,
      })
    : undefined
}
${renderButton({ label: words.button })}`,
})}`,
  })
}

/** Seen only where no script has filled it in. A form that comes back keeps it out of sight. */
function renderToken({ frame }: OpenPage, token: string) {
  if (token !== '') return html`<input type="hidden" name="token" value="${token}">`
  const { linkCode, linkCodeHint } = textsOf(frame).links
  const field = { name: 'token', label: linkCode, hint: linkCodeHint, maxLength: 200 }
  return html`<div data-token-field>${renderField(frame, { ...field, autocomplete: 'off' })}</div>`
}
