import { expect, it } from 'vitest'
import { chosenNameSchema } from './chosen-name.ts'

it.each([
  ['Work laptop', 'Work laptop'],
  ['  Büro 💻  ', 'Büro 💻'],
  [`\u00a0${'x'.repeat(64)} `, 'x'.repeat(64)],
  ['a', 'a'],
])('takes the name %j', (text, name) => {
  expect(chosenNameSchema.parse(text)).toBe(name)
})

it.each([
  ['an empty one', ''],
  ['spaces', ' \u00a0\u3000 '],
  ['characters that show nothing', '\u200b\u2060\u3164'],
  ['65 characters', 'x'.repeat(65)],
  ['a line break', 'a\nb'],
  ['a line break around it', 'Work laptop\n'],
  ['a tab around it', '\tWork laptop'],
  ['an override of the direction', 'a\u202eb'],
  ['half a character', 'a\ud83d'],
  ['a null character', 'a\u0000b'],
  ['a number', 7],
])('refuses %s', (_, text) => {
  expect(chosenNameSchema.safeParse(text).success).toBe(false)
})
