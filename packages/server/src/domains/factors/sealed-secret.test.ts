import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { newId, Secret, type TenantRef } from '../../kernel/index.ts'
import { createSealer } from '../../platform/crypto/index.ts'
import { openOtpSecret, opening, sealOtpSecret } from './sealed-secret.ts'

const tenant = { id: newId('ten') } as TenantRef
const sealerOf = () => createSealer({ masterKey: new Secret(randomBytes(32)) })

it('a secret of another master key says nothing about the code', () => {
  const id = newId('fct')
  const sealed = sealOtpSecret({ sealer: sealerOf() }, tenant, id, new Secret(randomBytes(20)))

  expect(() => openOtpSecret({ sealer: sealerOf() }, tenant, id, sealed)).toThrow(
    expect.objectContaining({ code: 'factor_secret_unavailable', status: 503 }),
  )
})

it('a fault of ours stays one', () => {
  const fault = new TypeError('ours')
  const open = () => {
    throw fault
  }

  expect(() => opening(open)).toThrow(fault)
})
