import { newPasswordSchema } from '../../domains/identity/index.ts'
import { signInErrors } from '../../domains/sign-in/index.ts'
import { AppError, minutes } from '../../kernel/index.ts'
import { httpErrors, type PageReply, type PageRoute } from '../../platform/http/index.ts'
import { type Alert, renderAlert } from '../design/alert.ts'
import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderForm } from '../design/form.ts'
import { textsOf } from '../design/page-frame.ts'
import { renderPasswordField } from '../design/password-field.ts'
import { html } from '../html.ts'
import { lookUp } from '../language/texts.ts'
import { addressOf, attempt, openPage, type OpenPage, show } from '../open-page.ts'
import type { PageServices } from '../page-services.ts'
import { passwordRulesOf } from '../password-rules-of.ts'
import { nextStep, withoutCaptcha } from './next-step.ts'
import { findPending, type PendingSignIn } from './pending-sign-in.ts'
import { interrupted } from './interrupted.ts'

const rateLimit = {
  name: 'change-required-password',
  limit: 30,
  window: minutes(1),
  by: 'source',
} as const

/** A password that a sign-in demands to be replaced, after every factor was proven. */
export function passwordChangePages(services: PageServices): readonly PageRoute[] {
  const path = '/sign-in/new-password'
  const auth = { kind: 'anyone' } as const
  return [
    {
      method: 'GET',
      path,
      auth,
      rateLimit: { ...rateLimit, name: 'change-required-password-page', limit: 300 },
      handler: async (visit) => {
        const page = await openPage(services, visit)
        const pending = findPending(page, 'change')
        return pending === undefined ? interrupted(page) : show(page, render(page, pending))
      },
    },
    {
      method: 'POST',
      path,
      auth,
      rateLimit,
      handler: async (visit) => {
        const page = await openPage(services, visit)
        const pending = findPending(page, 'change')
        return pending === undefined ? interrupted(page) : change(page, pending)
      },
    },
  ]
}

function change(page: OpenPage, pending: PendingSignIn): Promise<PageReply> {
  const { form, context } = page.visit
  const { challenge } = pending
  return attempt(
    page,
    async () => {
      const parsed = newPasswordSchema.safeParse(form['new_password'])
      if (!parsed.success) throw httpErrors.invalid_request()
      try {
        const changed = { challenge, newPassword: parsed.data }
        const outcome = await page.services.signIn.changePassword(context, changed)
        return await nextStep(page, withoutCaptcha(outcome))
      } catch (error) {
        if (!isOver(error)) throw error
        return interrupted(page)
      }
    },
    (alert) => render(page, pending, alert),
  )
}

function isOver(error: unknown): boolean {
  return error instanceof AppError && error.code === signInErrors.invalid_challenge_response.code
}

function render(page: OpenPage, { methods }: PendingSignIn, alert?: Alert): string {
  const { frame } = page
  const texts = textsOf(frame)
  const { changeReasons, changeTitle, changeEnds, changeButton, startAgain } = texts.signIn
  const reason = lookUp(changeReasons, methods[0] ?? '') ?? changeReasons.administrator
  return renderCardPage(frame, {
    title: changeTitle,
    scripts: ['pages.js'],
    below: html`<a href="${addressOf(page, '/sign-in')}">${startAgain}</a>`,
    body: html`<h1>${changeTitle}</h1>
<p class="lead">${reason}</p>
<p class="lead">${changeEnds}</p>
${renderAlert(alert)}
${renderForm(frame, {
  action: `${page.prefix}/sign-in/new-password`,
  hidden: { return_to: page.returnTo },
  body: html`${renderPasswordField(frame, {
    name: 'new_password',
    label: texts.frame.newPassword,
    rules: passwordRulesOf(page),
    isInvalid: alert !== undefined,
    hasFocus: alert === undefined,
  })}
${renderButton({ label: changeButton })}`,
})}`,
  })
}
