/**
 * A short name for a device, made from its `User-Agent` header, such as `Firefox on Linux`. Users
 * recognise their sessions by it. It is made of our own words only: nothing that the client sent
 * is repeated, so nothing can be injected into a page or a mail through it.
 */
export function deviceLabel(userAgent: string | undefined): string {
  if (userAgent === undefined) return UNKNOWN
  const text = userAgent.slice(0, MAX_READ)
  const program = findName(PROGRAMS, text)
  const system = findName(SYSTEMS, text)
  if (program === undefined) return system === undefined ? UNKNOWN : `Unknown app on ${system}`
  return system === undefined ? program : `${program} on ${system}`
}

type Names = readonly (readonly [pattern: RegExp, name: string])[]

function findName(names: Names, text: string): string | undefined {
  return names.find(([pattern]) => pattern.test(text))?.[1]
}

/** In this order: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari. */
const PROGRAMS: Names = [
  [/\bEdg(?:A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|OPX)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/[\d.]+ .*\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
  [/^Wget\//, 'Wget'],
  [/^HTTPie\//, 'HTTPie'],
  [/^PostmanRuntime\//, 'Postman'],
  [/^insomnia\//i, 'Insomnia'],
  [/^python-(?:requests|httpx|urllib3?)\/|^Python-urllib\//, 'Python'],
  [/^Go-http-client\//, 'Go'],
  [/^okhttp\//, 'OkHttp'],
  [/^(?:Java|Apache-HttpClient)\//, 'Java'],
  [/^(?:node|undici|node-fetch|axios)(?:\/|$)/, 'Node.js'],
  [/\bDart\//, 'Dart'],
]

/** iPads and iPhones mention `Mac OS X`, and Android mentions `Linux`. */
const SYSTEMS: Names = [
  [/\biPad\b/, 'iPad'],
  [/\biPhone\b/, 'iPhone'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b|\bMacintosh\b|\bDarwin\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
]

const UNKNOWN = 'Unknown device'
/** Characters looked at; the patterns are linear, and the header is longer for nobody honest. */
const MAX_READ = 512
