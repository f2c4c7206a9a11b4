import { renderCardPage } from '../design/card-page.ts'
import { renderButton, renderCheckbox, renderForm } from '../design/form.ts'
import { type PageFrame, textsOf } from '../design/page-frame.ts'
import { renderSteps } from '../design/steps.ts'
import { html } from '../html.ts'

export interface BackupCodesPageProps {
  readonly codes: readonly string[]
  readonly action: string
  readonly returnTo: string
  /** Of an enrolment. */
  readonly isLastStep: boolean
}

/** Shown once. The file is made of the page itself: nothing is fetched that would have the codes. */
export function renderBackupCodesPage(frame: PageFrame, props: BackupCodesPageProps): string {
  const { codes, action, returnTo, isLastStep } = props
  const texts = textsOf(frame)
  const { factors } = texts
  const file = `${frame.tenant.name}\n\n${codes.join('\n')}\n`
  return renderCardPage(frame, {
    title: factors.codesTitle,
    scripts: ['pages.js'],
    body: html`${isLastStep ? renderSteps(frame, 2, [factors.stepScan, factors.stepSave]) : undefined}
<h1>${factors.codesTitle}</h1>
<p class="lead">${factors.codesLead}</p>
<ul class="codes" aria-label="${factors.codesList}">${codes.map((code) => html`<li>${code}</li>`)}</ul>
<p class="actions"><a class="button secondary" download="${factors.codesFile}" href="data:text/plain;charset=utf-8,${encodeURIComponent(file)}">${factors.codesDownload}</a></p>
${renderForm(frame, {
  action,
  hidden: { return_to: returnTo },
  body: html`${renderCheckbox({ name: 'saved', label: factors.codesSaved })}
${renderButton({ label: texts.frame.continue })}`,
})}`,
  })
}
