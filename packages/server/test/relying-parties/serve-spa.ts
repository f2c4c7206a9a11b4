import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SpaServer {
  /** The page itself; also where the browser comes back to. */
  readonly url: string
  settings: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Static files from an origin of their own, as a content delivery network has them. */
export async function serveSpa(): Promise<SpaServer> {
  const spa: { settings: SpaServer['settings'] } = { settings: {} }
  const server = createServer((incoming, outgoing) => {
    const name = new URL(incoming.url ?? '/', 'http://spa').pathname.slice(1)
    if (name === 'settings.json') return void outgoing.end(JSON.stringify(spa.settings))
    const file = FILES[name]
    if (file === undefined) return void outgoing.writeHead(404).end('not found')
    const type = name.endsWith('.js') ? 'text/javascript' : 'text/html'
    outgoing.setHeader('content-type', type)
    void readFile(new URL(file, import.meta.url)).then((content) => outgoing.end(content))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(spa, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

const EXAMPLE = '../../../../examples/relying-parties/spa'
const FILES: Readonly<Record<string, string>> = {
  '': `${EXAMPLE}/index.html`,
  'spa.js': `${EXAMPLE}/spa.js`,
  'oauth4webapi.js': '../../../../node_modules/oauth4webapi/build/index.js',
}
