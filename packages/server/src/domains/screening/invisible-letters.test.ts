import { expect, it } from 'vitest'
import { createSanctionsList } from './sanctions-list.ts'

/**
 * Attack: a name shows as a listed one and reads as another, because a character in it that nobody
 * sees is a letter to Unicode. @see UAX 44, Default_Ignorable_Code_Point
 */
const list = createSanctionsList([{ id: 'p-1', name: 'Omar Lee', aliases: [] }])

it.each([
  ['a Hangul filler', '\u3164'],
  ['a halfwidth Hangul filler', '\uffa0'],
  ['a Hangul choseong filler', '\u115f'],
  ['a Hangul jungseong filler', '\u1160'],
  ['a combining grapheme joiner', '\u034f'],
  ['a variation selector', '\ufe0f'],
  ['a soft hyphen', '\u00ad'],
])('finds a name with %s in it', async (_, character) => {
  expect(await list.find(`Om${character}ar L${character}ee`)).toEqual([{ entryId: 'p-1' }])
})
