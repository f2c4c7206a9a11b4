/** In the words of the language; times are those of UTC, since the server knows no other. */
export function formatTime(tag: string, date: Date): string {
  const format = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' } as const
  return `${new Intl.DateTimeFormat(tag, format).format(date)} UTC`
}
