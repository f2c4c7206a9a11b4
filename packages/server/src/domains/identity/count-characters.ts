/** Characters as ASVS 6.2.1 counts them: Unicode code points, not UTF-16 units and not graphemes. */
export function countCharacters(text: string): number {
  return Array.from(text).length
}
