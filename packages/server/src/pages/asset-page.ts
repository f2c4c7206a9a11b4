import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { StaticPage } from '../platform/http/index.ts'

/** A file of `packages/server/assets`, served as it is under `/assets/`. */
export function assetPage(name: string): StaticPage {
  const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.'))]
  if (contentType === undefined) throw new Error(`no content type is known for ${name}`)
  const file = fileURLToPath(new URL(`../../assets/${name}`, import.meta.url))
  return { path: `/assets/${name}`, contentType, render: () => readFile(file) }
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}
