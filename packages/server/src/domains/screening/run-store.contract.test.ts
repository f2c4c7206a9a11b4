import { expect, it } from 'vitest'
import { describeStore } from '../../../test/support/describe-store.ts'
import { newId } from '../../kernel/index.ts'
import { advanceRun, beginRun, finishRun, toRun } from './run-store.ts'

describeStore('how far the users of a tenant were screened', (open) => {
  async function setUp() {
    const { database, tenant, clock } = await open()
    const acme = await tenant()
    const begin = async (digest: string) => {
      const [[row]] = await database.tenantBatch(acme.id, [beginRun(digest)])
      return toRun(row)
    }
    const user = newId('usr')
    const advance = (digest: string, after = user) =>
      database.tenantBatch(acme.id, [advanceRun(digest, after)])
    const finish = (digest: string) =>
      database.tenantBatch(acme.id, [finishRun(digest, clock.now())])
    return { begin, advance, finish, user }
  }

  it('is kept for one list, and begins anew with another', async () => {
    const { begin, advance, finish, user } = await setUp()
    await begin('a')
    await advance('a')
    expect(await begin('a')).toEqual({ after: user, isFinished: false })
    await finish('a')

    expect(await begin('a')).toEqual({ after: user, isFinished: true })
    expect(await begin('b')).toEqual({ after: undefined, isFinished: false })
  })

  it('is not moved by a run with the list of before', async () => {
    const { begin, advance, finish } = await setUp()
    await begin('a')
    await begin('b')

    await advance('a')
    await finish('a')

    expect(await begin('b')).toEqual({ after: undefined, isFinished: false })
  })

  it('does not move any more once it is finished', async () => {
    const { begin, advance, finish, user } = await setUp()
    await begin('a')
    await advance('a')
    await finish('a')

    await advance('a', newId('usr'))

    expect(await begin('a')).toEqual({ after: user, isFinished: true })
  })
})
