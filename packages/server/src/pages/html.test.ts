import { describe, expect, it } from 'vitest'
import { html } from './html.ts'

describe('html', () => {
  it.each([
    ['<', '&lt;'],
    ['>', '&gt;'],
    ['&', '&amp;'],
    ['"', '&quot;'],
    ["'", '&#39;'],
    ['`', '&#96;'],
  ])('escapes every %s in text', (character, escaped) => {
    expect(html`<p>${character}a${character}${character}</p>`.toString()).toBe(
      `<p>${escaped}a${escaped}${escaped}</p>`,
    )
  })

  it('does not let text leave a quoted attribute', () => {
    const text = '" onclick="alert(1)'

    expect(html`<p title="${text}"></p>`.toString()).toBe(
      '<p title="&quot; onclick=&quot;alert(1)"></p>',
    )
  })

  it('keeps markup that it made itself, also in lists', () => {
    const items = ['<a>', 'b'].map((text) => html`<li>${text}</li>`)

    expect(html`<ul>${items}</ul>`.toString()).toBe('<ul><li>&lt;a&gt;</li><li>b</li></ul>')
  })

  it('escapes text in lists of lists', () => {
    expect(html`${[['<'], '>']}`.toString()).toBe('&lt;&gt;')
  })

  it('does not believe an object that only looks like markup', () => {
    const forged = { toString: () => '<script>', map: () => ['<script>'] }

    expect(html`${forged as never}`.toString()).not.toContain('<script>')
  })

  it('leaves out what is undefined and keeps zero', () => {
    expect(html`${undefined}${0}`.toString()).toBe('0')
  })

  it('takes backslashes in a template as they are meant', () => {
    expect(html`a\u2019b`.toString()).toBe('a\u2019b')
  })
})
