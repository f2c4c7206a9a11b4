import { html, type Html } from './html.ts'

export interface DocumentParts {
  readonly title: string
  /** Class of `<body>`: the layout. */
  readonly layout: string
  /** Files of `/assets/`, after the design tokens. */
  readonly styleSheets: readonly string[]
  /** ES modules of `/assets/`. */
  readonly scripts?: readonly string[]
  readonly body: Html
}

/** The frame of every page: nothing inline, nothing from elsewhere. */
export function renderDocument(parts: DocumentParts): string {
  const { title, layout, styleSheets, scripts = [], body } = parts
  const document = html`<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="${ICON}">
${['tokens.css', ...styleSheets].map(
  (name) => html`<link rel="stylesheet" href="/assets/${name}">
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
