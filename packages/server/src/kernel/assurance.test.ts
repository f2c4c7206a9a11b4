import { describe, expect, it } from 'vitest'
import { ACR, hasAssurance, weakerAcr } from './assurance.ts'
import { minutes } from './duration.ts'

const now = new Date('2026-03-01T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)

describe('assurance', () => {
  it.each([
    [ACR.mfa, ACR.mfa, true],
    [ACR.mfa, ACR.password, true],
    [ACR.password, ACR.mfa, false],
    ['urn:countersign:acr:unheard-of', ACR.password, false],
    ['', ACR.password, false],
  ])('of class %j meets %j: %s', (acr, required, expected) => {
    expect(hasAssurance({ acr, authTime: now }, { acr: required }, now)).toBe(expected)
  })

  it.each([
    [0, true],
    [300, true],
    [301, false],
    [-5, true],
    [-6, false],
  ])('that is %i seconds old meets five minutes: %s', (age, expected) => {
    const principal = { acr: ACR.mfa, authTime: ago(age) }

    expect(hasAssurance(principal, { maxAge: minutes(5) }, now)).toBe(expected)
  })

  it('needs both', () => {
    const requirement = { acr: ACR.mfa, maxAge: minutes(5) }

    expect(hasAssurance({ acr: ACR.mfa, authTime: ago(400) }, requirement, now)).toBe(false)
    expect(hasAssurance({ acr: ACR.password, authTime: now }, requirement, now)).toBe(false)
    expect(hasAssurance({ acr: ACR.mfa, authTime: now }, requirement, now)).toBe(true)
  })

  it('of two statements is the weaker one', () => {
    expect(weakerAcr(ACR.mfa, ACR.password)).toBe(ACR.password)
    expect(weakerAcr(ACR.password, ACR.mfa)).toBe(ACR.password)
    expect(weakerAcr('unheard-of', ACR.password)).toBe('unheard-of')
  })
})
