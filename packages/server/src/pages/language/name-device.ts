import { deviceLabel } from '../../domains/devices/index.ts'
import { fill, type Texts } from './texts.ts'

/** A device as people call it. `label` is what `deviceLabel` made of it when it was seen. */
export function nameDevice({ account }: Pick<Texts, 'account'>, label: string): string {
  if (label === UNKNOWN) return account.unknownDevice
  const [, program, system] = /^(.+) on (.+)$/.exec(label) ?? []
  if (program === undefined || system === undefined) return label
  return fill(account.deviceOn, {
    program: program === UNKNOWN_APP ? account.unknownApp : program,
    system,
  })
}

const UNKNOWN = deviceLabel(undefined)
const UNKNOWN_APP = 'Unknown app'
