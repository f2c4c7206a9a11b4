import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findUnmet } from './requirement.ts'

interface Vectors {
  readonly cases: readonly {
    readonly acr: string | null
    readonly required: readonly string[]
    readonly satisfied: boolean
  }[]
}

const file = new URL('../../../conformance/assurance-vectors.json', import.meta.url)
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'))

describe('conformance: assurance-vectors.json', () => {
  it.each(vectors.cases)('$acr for $required: $satisfied', ({ acr, required, satisfied }) => {
    const authTime = 1_700_000_000
    const principal = { scopes: [], roles: [], permissions: [], acr: acr ?? undefined, authTime }

    const unmet = findUnmet(principal, { acr: required }, authTime)

    expect(unmet?.code).toBe(satisfied ? undefined : 'insufficient_user_authentication')
  })
})
