import { html, type Html } from '../html.ts'
import { type PageFrame, textsOf } from './page-frame.ts'

/** Logo of the tenant where its style sheet has one, or its first letter and its name. */
export function renderTenantBrand({ tenant }: PageFrame): Html {
  const initial = Array.from(tenant.name.trim())[0] ?? ''
  return html`<span class="tenant-brand"><span class="tenant-logo" role="img" aria-label="${tenant.name}"></span><span class="tenant-mark" aria-hidden="true">${initial.toUpperCase()}</span><span class="tenant-name">${tenant.name}</span></span>`
}

export function renderFooter(frame: PageFrame): Html {
  const texts = textsOf(frame).frame
  const { otherLanguages, language } = frame
  return html`<footer class="footer">
${
  otherLanguages.length === 0
    ? undefined
    : html`<nav aria-label="${texts.language}"><ul class="languages"><li><span lang="${language.tag}" aria-current="true">${language.name}</span></li>${otherLanguages.map(
        ({ tag, name, href }) =>
          html`<li><a href="${href}" lang="${tag}" hreflang="${tag}">${name}</a></li>`,
      )}</ul></nav>`
}
<p>${texts.securedBy}</p>
</footer>`
}
