import { html, type Html } from '../html.ts'
import { BRAND_MARK, renderDocument } from '../render-document.ts'
import { type LinkTask, refusalTexts } from './link-tasks.ts'

/**
 * The page of one link. Its single-use token is in the fragment, which reaches no server and no
 * log, so the page needs a script to redeem it.
 */
export function renderLinkPage(task: LinkTask): string {
  return renderDocument({
    title: `${task.heading} · Countersign`,
    layout: 'task-page',
    styleSheets: ['pages.css'],
    scripts: ['action.js'],
    body: html`<span class="brand">${BRAND_MARK}Countersign</span>
<main class="card">
<div data-task>
<h1>${task.heading}</h1>
<p class="lead" data-offer>${task.lead}</p>
<noscript><p class="no-script">This page needs JavaScript: the secret part of your link stays in your browser until you press the button. Allow JavaScript for this page, or open the link in another browser.</p></noscript>
<div class="outcome" data-outcome data-reference="Reference:" id="outcome" aria-live="polite" tabindex="-1"></div>
${form(task)}
</div>
${done(task)}
${texts(task)}
</main>
<p class="footnote" data-offer hidden>Nothing happens until you press the button. Not expecting this? Close the page.</p>`,
  })
}

// SECURITY: the form is hidden until the script has taken over and its field has no name. Submitted
// by the browser itself, a password would land in the address and in logs.
function form(task: LinkTask): Html {
  return html`<form class="task-form" data-action="${task.endpoint}"${task.signsIn === true ? html` data-signs-in` : undefined} data-offer method="post" hidden>
${task.choosesPassword ? passwordField() : undefined}
<button class="primary" type="submit">${task.button}</button>
</form>`
}

function passwordField(): Html {
  return html`<div class="field">
<label for="password">New password</label>
<div class="password-control">
<input id="password" type="password" autocomplete="new-password" autocapitalize="none" spellcheck="false" required aria-describedby="password-hint outcome">
<button class="reveal" type="button" data-reveal aria-controls="password"><span class="when-hidden">Show<span class="visually-hidden"> password</span></span><span class="when-shown">Hide<span class="visually-hidden"> password</span></span></button>
</div>
<div class="hint" id="password-hint">
<p data-minimum="At least {minimum} characters. A few unrelated words work well.">A few unrelated words work well. A password manager works even better.</p>
<ul>
${PASSWORD_RULES.map(
  ([rule, text]) => html`<li data-rule="${rule}" hidden>${text}</li>
`,
)}</ul>
</div>
</div>`
}

function done({ done: { heading, text } }: LinkTask): Html {
  return html`<div data-done hidden>
<svg class="done-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false"><path d="m10 16.5 4.2 4.2 8.3-9"/></svg>
<h1 tabindex="-1">${heading}</h1>
<p class="lead">${text}</p>
</div>`
}

function texts(task: LinkTask): Html {
  const entries = refusalTexts(task).map(
    ({ code, title, text }) => html`<p data-code="${code}" data-title="${title}">${text}</p>
`,
  )
  return html`<div data-texts hidden>
${entries}</div>`
}

/** Names as `GET /api/auth/password/policy` gives them. */
const PASSWORD_RULES = [
  ['not_common', 'Not one that many people use'],
  ['not_guessable', 'Not a pattern, a date or a keyboard row'],
  ['not_about_yourself', 'Not your name or your address'],
] as const
