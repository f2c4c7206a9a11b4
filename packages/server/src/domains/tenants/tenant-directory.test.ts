import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { Tenant } from './model.ts'
import { type FindTenants, TenantDirectory } from './tenant-directory.ts'

/** Answers with the number of the question; a question is answered when the test says so. */
function openDirectory() {
  const clock = new FakeClock()
  const answers: {
    slugs: readonly string[]
    give: () => void
    giveErrorFor: (slug: string) => void
    fail: () => void
  }[] = []
  const find: FindTenants = (slugs) =>
    new Promise((resolve, reject) => {
      const name = String(answers.length + 1)
      answers.push({
        slugs,
        give: () => resolve(slugs.map(() => ({ name }) as Tenant)),
        giveErrorFor: (bad) =>
          resolve(slugs.map((slug) => (slug === bad ? new Error('bad') : ({ name } as Tenant)))),
        fail: () => reject(new Error('the database is away')),
      })
    })
  const questions = (count: number) => expect.poll(() => answers.length).toBe(count)
  return { clock, answers, questions, directory: new TenantDirectory(find, clock, wait(5)) }
}

/** It knows the tenant from its first question, of this moment. */
async function openKnowing(...slugs: readonly string[]) {
  const opened = openDirectory()
  const asked = ['acme', ...slugs].map(async (slug) => opened.directory.resolve(slug))
  await opened.questions(1)
  opened.answers[0]?.give()
  await Promise.all(asked)
  return opened
}

const nameOf = async (tenant: ReturnType<TenantDirectory['resolve']>) => (await tenant)?.name
const wait = (milliseconds: number) => ({ milliseconds })
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the directory of tenants', () => {
  it('asks once for those who ask within a second', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(999))

    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(answers).toHaveLength(1)
  })

  it('lets nobody wait for what it knows', async () => {
    const { directory } = await openKnowing()

    expect(directory.resolve('acme')).toEqual({ name: '1' })
  })

  it('asks once for all who come in one turn', async () => {
    const { answers } = await openKnowing('globex', 'initech')

    expect(answers.map(({ slugs }) => slugs)).toEqual([['acme', 'globex', 'initech']])
  })

  it('answers at once in the second second, and asks once meanwhile', async () => {
    const { directory, answers, questions, clock } = await openKnowing()
    clock.advance(wait(1_000))

    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    await questions(2)
    expect(answers[1]?.slugs).toEqual(['acme'])
    answers[1]?.give()
    await settled()
    expect(await nameOf(directory.resolve('acme'))).toBe('2')
  })

  it('asks again for many tenants at once', async () => {
    const { directory, answers, questions, clock } = await openKnowing('globex', 'initech')
    clock.advance(wait(1_000))

    await Promise.all(['acme', 'globex', 'initech'].map(async (slug) => directory.resolve(slug)))

    await questions(2)
    expect(answers[1]?.slugs).toEqual(['acme', 'globex', 'initech'])
  })

  it('renews the others of a question when one of them can not be read', async () => {
    const { directory, answers, questions, clock } = await openKnowing('globex')
    clock.advance(wait(1_000))
    await Promise.all(['acme', 'globex'].map(async (slug) => directory.resolve(slug)))
    await questions(2)
    answers[1]?.giveErrorFor('acme')
    await settled()

    expect(await nameOf(directory.resolve('globex'))).toBe('2')
    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    await questions(3)
    expect(answers[2]?.slugs).toEqual(['acme'])
  })

  it('tells only those of a tenant that it can not be read', async () => {
    const { directory, answers, questions } = openDirectory()
    const [acme, globex] = [directory.resolve('acme'), directory.resolve('globex')]
    await questions(1)
    answers[0]?.giveErrorFor('acme')

    await expect(acme).rejects.toThrow('bad')
    expect(await nameOf(globex)).toBe('1')
  })

  it('never answers with what is two seconds old', async () => {
    const { directory, answers, questions, clock } = await openKnowing()
    clock.advance(wait(2_000))

    const next = directory.resolve('acme')
    await questions(2)
    answers[1]?.give()

    expect(await nameOf(next)).toBe('2')
  })

  it('counts the age of an answer from when it was asked for', async () => {
    const { directory, answers, questions, clock } = await openKnowing()
    clock.advance(wait(1_500))
    void directory.resolve('acme')
    await questions(2)
    clock.advance(wait(400))
    answers[1]?.give()
    await settled()
    clock.advance(wait(1_600))

    const next = directory.resolve('acme')
    await questions(3)
    answers[2]?.give()

    expect(await nameOf(next)).toBe('3')
  })

  it('keeps nothing that was asked for before it was forgotten', async () => {
    const { directory, answers, questions, clock } = await openKnowing()
    clock.advance(wait(1_000))
    void directory.resolve('acme')
    await questions(2)
    directory.forget('acme')
    answers[1]?.give()
    await settled()

    const next = directory.resolve('acme')
    await questions(3)
    answers[2]?.give()

    expect(await nameOf(next)).toBe('3')
  })

  it('keeps what was asked for after it was forgotten, whatever was due before', async () => {
    const { directory, answers, questions, clock } = await openKnowing()
    clock.advance(wait(1_000))
    void directory.resolve('acme')
    directory.forget('acme')
    const fresh = directory.resolve('acme')
    await questions(3)
    answers[1]?.give()
    answers[2]?.give()
    await settled()

    expect(await nameOf(directory.resolve('acme'))).toBe(await nameOf(fresh))
  })

  it('goes on with what it knows when asking again fails, and asks at the next time', async () => {
    const { directory, answers, questions, clock } = await openKnowing()
    clock.advance(wait(1_000))
    void directory.resolve('acme')
    await questions(2)
    answers[1]?.fail()
    await settled()

    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    await questions(3)
  })

  it('keeps no failure', async () => {
    const { directory, answers, questions } = openDirectory()
    const first = directory.resolve('acme')
    await questions(1)
    answers[0]?.fail()
    await expect(first).rejects.toThrow('away')

    const next = directory.resolve('acme')
    await questions(2)
    answers[1]?.give()

    expect(await nameOf(next)).toBe('2')
  })
})
