import { encode } from 'uqr'
import { html, type Html } from '../html.ts'

/** As shapes in the page: no image is fetched that would carry the secret in its address. */
export function renderQrCode(text: string, label: string): Html {
  const { data, size } = encode(text, { ecc: 'M', border: 0 })
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
  const box = `${-QUIET_ZONE} ${-QUIET_ZONE} ${size + 2 * QUIET_ZONE} ${size + 2 * QUIET_ZONE}`
  return html`<svg class="qr-code" viewBox="${box}" role="img" aria-label="${label}" shape-rendering="crispEdges"><path d="${path}"/></svg>`
}

/** ISO/IEC 18004 §6.3.8: four modules of nothing around it. */
const QUIET_ZONE = 4
