import { z } from 'zod'
import { contrastOf, READABLE_CONTRAST } from './brand-color.ts'

/** Accent of the pages. It carries white text and stands as text on white, so both must be legible. */
export const brandColorSchema = z
  .string()
  .toLowerCase()
  .regex(/^#[0-9a-f]{6}$/, 'must be a colour such as `#1d4bb8`')
  .refine(
    (color) => contrastOf(color, '#ffffff') >= READABLE_CONTRAST,
    'must have a contrast of at least 4.5:1 with white; choose a darker colour',
  )

/**
 * A `data:` URL, because pages load nothing from elsewhere. Its letters are those of base64, so it
 * can't leave the style sheet that it is put into. The bound is one of memory: every node remembers
 * the settings of the tenants that it serves.
 */
export const brandLogoSchema = z
  .string()
  .max(16_384)
  .regex(
    /^data:image\/(?:png|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}$/,
    'must be a `data:` URL of a PNG, WebP or SVG image in base64',
  )
