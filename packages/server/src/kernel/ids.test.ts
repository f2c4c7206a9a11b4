import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { fromUuid, newId, parseId, toUuid } from './ids.ts'

describe('ids', () => {
  it('gives the UUID back that it was made from', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        expect(toUuid(fromUuid('usr', uuid))).toBe(uuid)
      }),
    )
  })

  it('matches a vector of the TypeID specification', () => {
    expect(fromUuid('prefix', '01890a5d-ac96-774b-bcce-b302099a8057')).toBe(
      'prefix_01h455vb4pex5vsknk084sn02q',
    )
  })

  it('sorts by the order of creation, also within a millisecond', () => {
    const ids = Array.from({ length: 1_000 }, () => newId('evt'))

    expect(ids.toSorted()).toEqual(ids)
  })

  it('sorts by the time of creation', async () => {
    const first = newId('evt')
    await new Promise((resolve) => setTimeout(resolve, 2))
    expect(newId('evt') > first).toBe(true)
  })

  it.each([
    ['another prefix', 'ses_01h455vb4pex5vsknk084sn02q'],
    ['upper case', 'usr_01H455VB4PEX5VSKNK084SN02Q'],
    ['too short', 'usr_01h455vb4pex5vsknk084sn02'],
    ['too long', 'usr_01h455vb4pex5vsknk084sn02qq'],
    ['more than 128 bits', 'usr_81h455vb4pex5vsknk084sn02q'],
    ['a character outside the alphabet', 'usr_01h455vb4pex5vsknk084sn0lq'],
    ['bits that are no UUID', 'usr_00000000000000000000000000'],
    ['a line break at the end', 'usr_01h455vb4pex5vsknk084sn02q\n'],
  ])('refuses %s', (_, text) => {
    expect(parseId('usr', text)).toBeUndefined()
  })
})
