import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

/**
 * Looks at a page on a phone and on a desktop, light and dark: axe finds nothing, nothing is wider
 * than the screen, and every target is large enough.
 */
export async function inspectPage(page: Page, name: string): Promise<void> {
  const before = page.viewportSize()
  for (const [device, width, height] of SCREENS) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      await takePicture(page, `${name}-${device}-${colorScheme}`)
      expect([name, device, colorScheme, await violationsOf(page)]).toEqual([
        name,
        device,
        colorScheme,
        [],
      ])
      expect([name, device, await tooWide(page)]).toEqual([name, device, 0])
    }
  }
  expect([name, await smallTargets(page)]).toEqual([name, []])
  await page.emulateMedia({ colorScheme: 'light' })
  if (before !== null) await page.setViewportSize(before)
}

async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async (tags) => {
    const { run } = (globalThis as unknown as { axe: typeof axe }).axe
    const { violations } = await run({ runOnly: tags })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
  }, RULES)
}

function tooWide(page: Page): Promise<number> {
  return page
    .locator('html')
    .evaluate(({ scrollWidth, clientWidth }) => Math.max(0, scrollWidth - clientWidth))
}

/** WCAG 2.2, 2.5.8; a link inside a sentence is excepted. */
async function smallTargets(page: Page): Promise<string[]> {
  const targets = page.locator('button, input:not([type=hidden]), select, summary, a.button')
  const small: string[] = []
  for (const target of await targets.filter({ visible: true }).all()) {
    const box = await target.boundingBox()
    if (box === null || box.width < 24 || box.height < 24) {
      small.push(await target.evaluate(({ outerHTML }) => outerHTML))
    }
  }
  return small
}

/** For people to look at: only where a folder is named. */
async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['COUNTERSIGN_SCREENSHOTS']
  if (folder === undefined) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true })
}

const SCREENS = [
  ['phone', 390, 844],
  ['desktop', 1280, 800],
] as const
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
