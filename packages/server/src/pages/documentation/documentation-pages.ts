import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { StaticPage } from '../../platform/http/index.ts'
import { renderReferencePage } from './render-reference-page.ts'

/** `/openapi.json` and a reference page that loads nothing from elsewhere. */
export function documentationPages(openApi: Record<string, unknown>): readonly StaticPage[] {
  const json = JSON.stringify(openApi)
  const page = renderReferencePage(openApi)
  return [
    { path: '/openapi.json', contentType: 'application/json', render: async () => json },
    { path: '/docs', contentType: 'text/html; charset=utf-8', render: async () => page },
    {
      path: '/docs/reference.css',
      contentType: 'text/css; charset=utf-8',
      render: () => readFile(STYLE_SHEET),
    },
  ]
}

const STYLE_SHEET = fileURLToPath(new URL('../../../assets/reference.css', import.meta.url))
