/**
 * The words of a name, in alphabetical order: what is left when neither the order of names nor accents,
 * case and punctuation count. Scripts are not transliterated; lists have such spellings as aliases.
 *
 * SECURITY: characters that nobody sees (a zero-width space, a Hangul filler, which is a letter to
 * Unicode) vanish instead of separating. Attack: `Jo<ZWSP>hn` shows as a listed name and reads as
 * two other words.
 */
export function nameTokens(name: string): readonly string[] {
  return (
    name
      .normalize('NFKD')
      .replace(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      .toLowerCase()
      .replace(UNDECOMPOSED, (letter) => PLAIN_LETTERS[letter] ?? letter)
      // Syllables of Hangul are one character again, so that a letter is not taken for a word's length.
      .normalize('NFC')
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .split(' ')
      .filter((token) => token !== '')
      .sort()
  )
}

/** Whether one letter too many, too few or wrong, or two neighbours swapped, is all that differs. */
export function isWithinOneSlip(a: string, b: string): boolean {
  if (a === b) return true
  let start = 0
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1
  let endA = a.length
  let endB = b.length
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA -= 1
    endB -= 1
  }
  const left = a.slice(start, endA)
  const right = b.slice(start, endB)
  if (left.length <= 1 && right.length <= 1) return true
  return left.length === 2 && left === `${right[1]}${right[0]}` && right.length === 2
}

/** Letters with a stroke or a tie have no decomposition in Unicode. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
}

const UNDECOMPOSED = new RegExp(`[${Object.keys(PLAIN_LETTERS).join('')}]`, 'gu')
