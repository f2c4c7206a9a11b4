import { accessSync, constants } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { type BrowserContext, chromium } from 'playwright-core'

/** Path of a Chromium on this machine, or undefined. It is never downloaded. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  const candidates = NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name)))
  return candidates.find(isExecutable)
}

/**
 * Whether tests with a browser are skipped: only where there is none, with a warning, and never in
 * continuous integration, where they would be missed.
 */
export function skipWithoutChromium(): boolean {
  if (findChromium() !== undefined) return false
  if (process.env['CI'] === 'true') {
    throw new Error('Chromium is missing: `apt-get install chromium`')
  }
  console.warn('SKIPPED: the passkey tests need Chromium (`apt-get install chromium`)')
  return true
}

export interface RunningChromium {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** A browser with a profile of its own, which is deleted in the end. */
export async function launchChromium(
  options: { readonly javaScriptEnabled?: boolean; readonly ignoreHTTPSErrors?: boolean } = {},
): Promise<RunningChromium> {
  const profile = await mkdtemp(path.join(tmpdir(), 'countersign-chromium-'))
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('there is no Chromium')
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ARGUMENTS,
    ...options,
  })
  return {
    context,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
