import type { StaticPage } from '../../platform/http/index.ts'
import { assetPage } from '../asset-page.ts'
import { type LinkTask, linkTasks } from './link-tasks.ts'
import { renderLinkPage } from './render-link-page.ts'

/** The pages behind the links in mail, the same for every tenant, and what they are made of. */
export function hostedPages(): readonly StaticPage[] {
  return [
    ...linkTasks.map((task) => pageFor(task)),
    ...['tokens.css', 'pages.css', 'action.js'].map((name) => assetPage(name)),
  ]
}

function pageFor(task: LinkTask): StaticPage {
  const page = renderLinkPage(task)
  return {
    path: `/t/:tenant/${task.page}`,
    contentType: 'text/html; charset=utf-8',
    render: async () => page,
  }
}
