import { spawn } from 'node:child_process'
import process from 'node:process'

/** Best effort: without a desktop nothing happens, and nothing is said. */
export async function openInBrowser(url: string): Promise<void> {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open'
  if (process.platform === 'win32') return
  await new Promise<void>((resolve) => {
    const child = spawn(command, [url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve())
    child.once('spawn', () => {
      child.unref()
      resolve()
    })
  })
}
