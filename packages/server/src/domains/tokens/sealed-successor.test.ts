import { describe, expect, it } from 'vitest'
import { newId } from '../../kernel/index.ts'
import { UnsealError } from '../../platform/crypto/index.ts'
import { makeRefreshToken } from './refresh-token-format.ts'
import { openSuccessor, sealSuccessor } from './sealed-successor.ts'

const tenant = newId('ten')
const parent = makeRefreshToken()
const successor = makeRefreshToken()
const sealed = sealSuccessor(tenant, parent, successor)

describe('the sealed successor', () => {
  it('opens with the secret of its parent', () => {
    expect(openSuccessor(tenant, parent, sealed).reveal()).toBe(successor.secret.reveal())
  })

  it('does not contain the secret', () => {
    expect(sealed.includes(successor.secret.reveal())).toBe(false)
  })

  it('does not open with the secret of another token', () => {
    const other = { ...parent, secret: makeRefreshToken().secret }

    expect(() => openSuccessor(tenant, other, sealed)).toThrow(UnsealError)
  })

  it('does not open in the place of another parent', () => {
    const other = { ...parent, id: newId('rft') }

    expect(() => openSuccessor(tenant, other, sealed)).toThrow(UnsealError)
  })

  it('does not open in another tenant', () => {
    expect(() => openSuccessor(newId('ten'), parent, sealed)).toThrow(UnsealError)
  })
})
