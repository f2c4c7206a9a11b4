import { expect, it } from 'vitest'
import { deviceLabel } from '../../domains/devices/index.ts'
import { de } from './de/de.ts'
import { en } from './en/en.ts'
import { nameDevice } from './name-device.ts'

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', 'Firefox auf Linux'],
  ['Something/1.0 (Windows)', 'Unbekannte App auf Windows'],
  ['curl/8.1', 'curl'],
  [undefined, 'Unbekanntes Gerät'],
])('names the device of %s', (userAgent, name) => {
  const label = deviceLabel(userAgent)

  expect(nameDevice(de, label)).toBe(name)
  expect(nameDevice(en, label)).toBe(label)
})
