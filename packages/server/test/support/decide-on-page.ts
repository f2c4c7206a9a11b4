import type { Response } from 'light-my-request'
import { type Browser, hiddenField } from './relying-party.ts'

/** Presses a button of the consent page. @returns what the browser gets at the end of the way back */
export async function decideOnPage(
  browser: Browser,
  page: Response,
  decision: 'allow' | 'deny',
): Promise<Response> {
  const action = /action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const csrf_token = hiddenField(page.body, 'csrf_token')
  const onward = await browser.open(action, { csrf_token, decision })
  return browser.follow(/url=([^"]+)"/.exec(onward.body)?.[1] ?? '')
}
