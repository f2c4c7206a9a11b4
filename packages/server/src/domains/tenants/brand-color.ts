/** A colour as `#rrggbb`. */
export type HexColor = `#${string}`

/**
 * How well one colour can be read on another: from 1 to 21.
 * @see WCAG 2.2, definition of contrast ratio
 */
export function contrastOf(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminanceOf(a), luminanceOf(b)].sort((x, y) => x - y)
  return (lighter + 0.05) / (darker + 0.05)
}

/** Part by part between two colours; `share` of the second, from 0 to 1. */
export function mixColors(first: string, second: string, share: number): HexColor {
  const [a, b] = [channelsOf(first), channelsOf(second)]
  const mixed = a.map((channel, index) => channel + ((b[index] ?? 0) - channel) * share)
  return `#${mixed.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`
}

function luminanceOf(color: string): number {
  const [red = 0, green = 0, blue = 0] = channelsOf(color).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channelsOf(color: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16))
}

/** WCAG 2.2, 1.4.3: text of normal size. */
export const READABLE_CONTRAST = 4.5
