import { html, type Html } from '../html.ts'
import { renderDocument } from '../render-document.ts'
import { renderFooter, renderTenantBrand } from './brand.ts'
import type { PageFrame } from './page-frame.ts'

export interface CardPage {
  readonly title: string
  readonly body: Html
  /** Under the card. */
  readonly below?: Html | undefined
  readonly scripts?: readonly string[]
  readonly goOnTo?: string
}

/** A page with one task: a card in the middle. */
export function renderCardPage(frame: PageFrame, page: CardPage): string {
  const { title, body, below, scripts = [], goOnTo } = page
  return renderDocument({
    title: `${title} · ${frame.tenant.name}`,
    layout: 'task-page',
    styleSheets: ['pages.css'],
    ...brandSheetOf(frame),
    language: frame.language,
    scripts,
    ...(goOnTo === undefined ? {} : { goOnTo }),
    body: html`<header class="page-brand">${renderTenantBrand(frame)}</header>
<main class="task">
<div class="card">
${body}
</div>
${below === undefined ? undefined : html`<div class="below">${below}</div>`}
</main>
${renderFooter(frame)}`,
  })
}

/** Always with the tenant in the path: pages without it share this one address. */
export function brandSheetOf({ tenant }: PageFrame): { brandSheet?: string } {
  return tenant.slug === '' ? {} : { brandSheet: `/t/${tenant.slug}/brand.css` }
}
