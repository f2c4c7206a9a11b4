import type { StaticPage } from '../../platform/http/index.ts'
import { assetPage } from '../asset-page.ts'
import { renderReferencePage } from './render-reference-page.ts'

/**
 * `/openapi.json` and a reference page that loads nothing from elsewhere. The page also uses
 * `/assets/tokens.css`, which the hosted pages bring.
 */
export function documentationPages(openApi: Record<string, unknown>): readonly StaticPage[] {
  const json = JSON.stringify(openApi)
  const page = renderReferencePage(openApi)
  return [
    { path: '/openapi.json', contentType: 'application/json', render: async () => json },
    { path: '/docs', contentType: 'text/html; charset=utf-8', render: async () => page },
    assetPage('reference.css'),
  ]
}
