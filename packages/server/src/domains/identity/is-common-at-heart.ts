import { PASSWORD_OWN_CHARACTERS } from './limits.ts'

/**
 * Whether a password is a listed one, in any case and with letters written as digits and signs, or
 * has one in it with less than eight digits and signs around. Attack: where twelve characters are
 * demanded, people choose `Dragon2024!!`, which is on few lists and which strength estimates let
 * pass, and attackers try it first.
 */
export function isCommonAtHeart(password: string, isListed: (text: string) => boolean): boolean {
  const text = password.toLowerCase()
  if (isListed(text) || isListed(readAsLetters(text))) return true
  for (let before = 0; before < PASSWORD_OWN_CHARACTERS; before++) {
    if (LETTER.test(text.slice(0, before))) return false
    for (let after = 0; before + after < PASSWORD_OWN_CHARACTERS; after++) {
      const end = text.length - after
      const heart = text.slice(before, end)
      if (heart.length < SHORTEST_HEART || LETTER.test(text.slice(end))) break
      if (isListed(heart) || isListed(readAsLetters(heart))) return true
    }
  }
  return false
}

function readAsLetters(text: string): string {
  return text.replace(/[0134579@$!]/g, (sign) => LOOKS_LIKE[sign] ?? sign)
}

const LETTER = /\p{L}/u
/** Shorter ones are in everything. */
const SHORTEST_HEART = 5
const LOOKS_LIKE: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '9': 'g',
  '@': 'a',
  $: 's',
  '!': 'i',
}
