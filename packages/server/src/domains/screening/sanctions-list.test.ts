import { describe, expect, it } from 'vitest'
import { nameTokens } from './name-tokens.ts'
import { createSanctionsList } from './sanctions-list.ts'

const LISTED = [
  { id: 'p-1', name: 'KOVALENKO, Mariana Olha', aliases: ['Marianna Kovalenko'] },
  { id: 'p-2', name: 'Jürgen Łukasz Øst', aliases: [] },
  { id: 'p-3', name: 'Lee Omar', aliases: [] },
  { id: 'p-4', name: 'Zarkos', aliases: [] },
  { id: 'p-5', name: 'Hassan Hasson', aliases: [] },
  { id: 'p-6', name: '김철수 박영희', aliases: [] },
]

const find = async (name: string) =>
  (await createSanctionsList(LISTED).find(name)).map(({ entryId }) => entryId)

describe('a name resembles a listed one', () => {
  it.each([
    ['as it is listed', 'Mariana Olha Kovalenko', ['p-1']],
    ['in another order', 'Kovalenko Olha Mariana', ['p-1']],
    ['by an alias', 'Marianna Kovalenko', ['p-1']],
    ['with words beside it', 'Dr. Omar Benedict Lee', ['p-3']],
    ['in other letters of the same', 'JURGEN LUKASZ OST', ['p-2']],
    ['with combining marks', 'Ju\u0308rgen Łukasz Øst', ['p-2']],
    ['in full-width letters', 'Ｌｅｅ Ｏｍａｒ', ['p-3']],
    ['with other punctuation', "lee-o'mar lee omar", ['p-3']],
    ['with a letter that nobody sees', 'Le\u200be Om\u00adar', ['p-3']],
    ['with a wrong letter', 'Mariana Kovalenko Olha Kovalenka', ['p-1']],
    ['with a letter less', 'Mariana Olha Kovalnko', ['p-1']],
    ['with a letter more', 'Mariana Olha Kovallenko', ['p-1']],
    ['with two letters swapped', 'Mariana Olha Kovaelnko', ['p-1']],
    ['with one slip in each long word', 'Marjana Olha Kowalenko', ['p-1']],
    ['of one word, if it is the whole name', 'zarkos', ['p-4']],
    ['with words that resemble each other', 'Hasson Hassan', ['p-5']],
    ['in another script', '박영희 김철수', ['p-6']],
  ])('%s: %s', async (_, name, entries) => {
    expect(await find(name)).toEqual(entries)
  })

  it.each([
    ['with a common first name alone', 'Mariana'],
    ['with the first name and another family name', 'Mariana Olha Petrenko'],
    ['with a word missing', 'Olha Kovalenko'],
    ['with two slips in a word', 'Mariana Olha Kowalemko'],
    ['with a slip in a short word', 'Lea Omar'],
    ['with two short letters swapped', 'Lee Oamr'],
    ['with the listed single word beside others', 'Zarkos Miller'],
    ['with a slip in a listed single word', 'Zarkis'],
    ['with one word for two that are alike', 'Hassan Omar'],
    ['with a slip in a short word of another script', '박영희 김철순'],
    ['with nothing in it', '—'],
  ])('not %s: %s', async (_, name) => {
    expect(await find(name)).toEqual([])
  })

  it('wherever in a long word the slip is', async () => {
    const list = createSanctionsList([{ id: 'p-1', name: 'Marko Petrov', aliases: [] }])
    const missed: string[] = []
    for (const slip of slipsOf('petrov')) {
      if ((await list.find(`Marko ${slip}`)).length === 0) missed.push(slip)
    }

    expect(slipsOf('petrov').length).toBeGreaterThan(20)
    expect(missed).toEqual([])
  })
})

it('says so when the list is another one', () => {
  const digests = [LISTED, LISTED.slice(1), LISTED].map((list) => createSanctionsList(list).digest)

  expect(digests[0]).toBe(digests[2])
  expect(digests[0]).not.toBe(digests[1])
})

it('has the words of a name in order, plain', () => {
  expect(nameTokens('  Ærø-Þór, STRAßE 3 ')).toEqual(['3', 'aero', 'strasse', 'thor'])
})

function slipsOf(word: string): readonly string[] {
  return Array.from({ length: word.length }, (_, at) => [
    word.slice(0, at) + word.slice(at + 1),
    `${word.slice(0, at)}x${word.slice(at)}`,
    `${word.slice(0, at)}x${word.slice(at + 1)}`,
    `${word.slice(0, at)}${word[at + 1] ?? ''}${word[at] ?? ''}${word.slice(at + 2)}`,
  ]).flat()
}
