import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { newId, Secret } from '../../../kernel/index.ts'
import { createSealer } from '../../../platform/crypto/index.ts'
import { openAuthorization, sealAuthorization } from './own-stream.ts'

it('opens a credential for the stream and the address that it was given for only', () => {
  const sealer = createSealer({ masterKey: new Secret(randomBytes(32)) })
  const target = {
    tenantId: newId('ten'),
    streamId: newId('stm'),
    endpointUrl: 'https://receiver.test/a',
  }
  const sealed = sealAuthorization(sealer, target, new Secret('Bearer of-the-receiver'))

  expect(openAuthorization(sealer, target, sealed)).toBe('Bearer of-the-receiver')
  for (const other of [
    { tenantId: newId('ten') },
    { streamId: newId('stm') },
    { endpointUrl: 'https://receiver.test/b' },
  ]) {
    expect(() => openAuthorization(sealer, { ...target, ...other }, sealed)).toThrow()
  }
})
