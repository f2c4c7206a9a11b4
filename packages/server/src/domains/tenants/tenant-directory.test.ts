import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import type { Tenant } from './model.ts'
import { TenantDirectory } from './tenant-directory.ts'

/** Answers with the number of the question; a question is answered when the test says so. */
function openDirectory() {
  const clock = new FakeClock()
  const answers: { give: () => void; fail: () => void }[] = []
  const find = () =>
    new Promise<Tenant | undefined>((resolve, reject) => {
      const name = String(answers.length + 1)
      answers.push({
        give: () => resolve({ name } as Tenant),
        fail: () => reject(new Error('the database is away')),
      })
    })
  return { clock, answers, directory: new TenantDirectory(find, clock) }
}

/** It knows the tenant from its first question, of this moment. */
async function openKnowing() {
  const opened = openDirectory()
  const first = opened.directory.resolve('acme')
  opened.answers[0]?.give()
  await first
  return opened
}

const nameOf = async (tenant: Promise<Tenant | undefined>) => (await tenant)?.name
const wait = (milliseconds: number) => ({ milliseconds })

describe('the directory of tenants', () => {
  it('asks once for those who ask within a second', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(999))

    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    expect(answers).toHaveLength(1)
  })

  it('answers at once in the second second, and asks once meanwhile', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(1_000))

    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    expect(answers).toHaveLength(2)
    answers[1]?.give()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await nameOf(directory.resolve('acme'))).toBe('2')
  })

  it('never answers with what is two seconds old', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(2_000))

    const next = directory.resolve('acme')
    answers[1]?.give()

    expect(await nameOf(next)).toBe('2')
  })

  it('counts the age of an answer from when it was asked for', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(1_500))
    void directory.resolve('acme')
    clock.advance(wait(400))
    answers[1]?.give()
    await new Promise((resolve) => setImmediate(resolve))
    clock.advance(wait(1_600))

    const next = directory.resolve('acme')
    answers[2]?.give()

    expect(await nameOf(next)).toBe('3')
  })

  it('keeps nothing that was asked for before it was forgotten', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(1_000))
    void directory.resolve('acme')
    directory.forget('acme')
    answers[1]?.give()
    await new Promise((resolve) => setImmediate(resolve))

    const next = directory.resolve('acme')
    answers[2]?.give()

    expect(await nameOf(next)).toBe('3')
  })

  it('goes on with what it knows when asking again fails, and asks at the next time', async () => {
    const { directory, answers, clock } = await openKnowing()
    clock.advance(wait(1_000))
    void directory.resolve('acme')
    answers[1]?.fail()
    await new Promise((resolve) => setImmediate(resolve))

    expect(await nameOf(directory.resolve('acme'))).toBe('1')
    expect(answers).toHaveLength(3)
  })

  it('keeps no failure', async () => {
    const { directory, answers } = openDirectory()
    const first = directory.resolve('acme')
    answers[0]?.fail()
    await expect(first).rejects.toThrow('away')

    const next = directory.resolve('acme')
    answers[1]?.give()

    expect(await nameOf(next)).toBe('2')
  })
})
