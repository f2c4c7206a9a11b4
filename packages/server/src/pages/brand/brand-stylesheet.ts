import { contrastOf, mixColors } from '../../domains/tenants/index.ts'
import type { Brand } from '../page-services.ts'

/**
 * Colour and logo of a tenant, over the design tokens. A style sheet of its own, since the policy
 * of the pages allows nothing inline. What is put into it was validated letter by letter.
 */
export function brandStylesheet({ color, logo }: Pick<Brand, 'color' | 'logo'>): string {
  return [
    ...(color === undefined ? [] : [lightAccent(color), darkAccent(color)]),
    ...(logo === undefined ? [] : [showLogo(logo)]),
  ].join('\n')
}

function lightAccent(color: string): string {
  return `:root {
  --accent: ${color};
  --accent-strong: ${mixColors(color, '#000000', 0.2)};
  --accent-soft: ${mixColors('#ffffff', color, 0.1)};
  --on-accent: #ffffff;
}
`
}

/** The same colour, as much lighter as reading on dark needs. */
function darkAccent(color: string): string {
  const accent = lightenUntilReadable(color)
  return `@media (prefers-color-scheme: dark) {
  :root {
    --accent: ${accent};
    --accent-strong: ${mixColors(accent, '#ffffff', 0.3)};
    --accent-soft: ${mixColors(DARK_SURFACE, color, 0.3)};
    --on-accent: ${DARK_INK};
  }
}
`
}

/** Legible on a panel, and on the soft ground of the menu too. */
function lightenUntilReadable(color: string): string {
  const soft = mixColors(DARK_SURFACE, color, 0.3)
  for (let share = 0; share < 1; share += 0.05) {
    const lighter = mixColors(color, '#ffffff', share)
    const isReadable = [DARK_SURFACE, DARK_INK, soft].every(
      (ground) => contrastOf(lighter, ground) >= WANTED_CONTRAST,
    )
    if (isReadable) return lighter
  }
  return '#ffffff'
}

function showLogo(logo: string): string {
  return `.tenant-logo { display: block; background-image: url("${logo}"); }
.tenant-mark, .tenant-name { display: none; }
`
}

/** `--surface` and `--on-accent` of the dark tokens. */
const DARK_SURFACE = '#151d29'
const DARK_INK = '#0b1526'
/** A little more than WCAG 2.2, 1.4.3 asks for. */
const WANTED_CONTRAST = 5
