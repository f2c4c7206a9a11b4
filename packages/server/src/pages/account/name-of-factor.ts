import type { Factor } from '../../domains/factors/index.ts'
import { textsOf } from '../design/page-frame.ts'
import { fill } from '../language/texts.ts'
import type { OpenPage } from '../open-page.ts'

export function nameOfFactor(page: OpenPage, { kind, maskedNumber = '' }: Factor): string {
  const { factors } = textsOf(page.frame)
  switch (kind) {
    case 'totp':
      return factors.totpName
    case 'hotp':
      return factors.hotpName
    case 'sms':
      return fill(factors.smsName, { number: maskedNumber })
  }
}
