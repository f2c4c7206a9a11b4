import { describe, expect, it } from 'vitest'
import { contrastOf } from '../../domains/tenants/index.ts'
import { brandStylesheet } from './brand-stylesheet.ts'

describe('the style sheet of a tenant', () => {
  it('is empty where the tenant has neither colour nor logo', () => {
    expect(brandStylesheet({ color: undefined, logo: undefined })).toBe('')
  })

  it.each(['#1d4bb8', '#000000', '#0b6e4f', '#8a1c7c', '#b00020', '#757575', '#003300'])(
    'makes of %s colours that can be read, light and dark',
    (color) => {
      const [light = '', dark = ''] = brandStylesheet({ color, logo: undefined }).split('@media')

      expect(contrastOf(valueOf(light, 'accent'), '#ffffff')).toBeGreaterThanOrEqual(4.5)
      expect(contrastOf(valueOf(light, 'accent-strong'), '#ffffff')).toBeGreaterThanOrEqual(4.5)
      for (const ground of ['#151d29', '#0d131c', valueOf(dark, 'accent-soft')]) {
        expect(contrastOf(valueOf(dark, 'accent'), ground)).toBeGreaterThanOrEqual(4.5)
      }
      expect(
        contrastOf(valueOf(dark, 'accent'), valueOf(dark, 'on-accent')),
      ).toBeGreaterThanOrEqual(4.5)
    },
  )

  it('shows the logo in the place of the name', () => {
    const sheet = brandStylesheet({ color: undefined, logo: 'data:image/png;base64,AAAA' })

    expect(sheet).toContain('background-image: url("data:image/png;base64,AAAA")')
    expect(sheet).toContain('.tenant-name { display: none; }')
  })
})

function valueOf(sheet: string, name: string): string {
  return new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(sheet)?.[1] ?? ''
}
