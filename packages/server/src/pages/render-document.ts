import { html, type Html } from './html.ts'

export interface DocumentParts {
  readonly title: string
  /** Class of `<body>`: the layout. */
  readonly layout: string
  /** Files of `/assets/`, after the design tokens. */
  readonly styleSheets: readonly string[]
  /** ES modules of `/assets/`. */
  readonly scripts?: readonly string[]
  /** Default: English. */
  readonly language?: { readonly tag: string; readonly direction: 'ltr' | 'rtl' }
  /** Address of the style sheet of a tenant, after all others. */
  readonly brandSheet?: string
  /** Where the browser goes on to at once. */
  readonly goOnTo?: string
  readonly body: Html
}

/** The frame of every page: nothing inline, nothing from elsewhere. */
export function renderDocument(parts: DocumentParts): string {
  const { title, layout, styleSheets, scripts = [], brandSheet, goOnTo, body } = parts
  const { tag, direction } = parts.language ?? { tag: 'en', direction: 'ltr' }
  const sheets = ['tokens.css', ...styleSheets].map((name) => `/assets/${name}`)
  const document = html`<!doctype html>
<html lang="${tag}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${
  goOnTo === undefined
    ? undefined
    : html`<meta http-equiv="refresh" content="0; url=${goOnTo}">
`
}<title>${title}</title>
<link rel="icon" href="${ICON}">
${[...sheets, ...(brandSheet === undefined ? [] : [brandSheet])].map(
  (address) => html`<link rel="stylesheet" href="${address}">
`,
)}${scripts.map(
  (name) => html`<script type="module" src="/assets/${name}"></script>
`,
)}</head>
<body class="${layout}">
${body}
</body>
</html>
`
  return document.toString()
}

/** Two ticks, one behind the other: signed, and signed again. */
export const BRAND_MARK: Html = html`<svg class="brand-mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true" focusable="false"><rect class="brand-tile" width="32" height="32" rx="8"/><path class="brand-first" d="m6.5 16.5 4.5 4.5 9-10.5"/><path class="brand-second" d="m14.5 19.5 2 1.5 9-10.5"/></svg>`

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1d3f8f"/><g fill="none" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"><path stroke="#9db8ff" d="m6.5 16.5 4.5 4.5 9-10.5"/><path stroke="#fff" d="m14.5 19.5 2 1.5 9-10.5"/></g></svg>',
)}`
