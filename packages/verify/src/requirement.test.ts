import { describe, expect, it } from 'vitest'
import { createVerifier } from './create-verifier.ts'
import type { Requirement } from './requirement.ts'
import { createTestIssuer } from './testing.ts'

const NOW = Date.UTC(2030, 0, 1)

async function principal(claims: Record<string, unknown> = {}) {
  const issuer = createTestIssuer({ clock: { now: () => new Date(NOW) } })
  const rich = {
    scope: 'notes:read notes:write',
    roles: ['editor'],
    permissions: ['notes.delete'],
    acr: 'mfa',
    auth_time: NOW / 1000 - 60,
  }
  return createVerifier(issuer.verifierOptions).verify(issuer.sign({ ...rich, ...claims }))
}

function refusalOf(act: () => void) {
  try {
    act()
    return undefined
  } catch (error) {
    const { code, status, wwwAuthenticate } = error as Record<string, unknown>
    return { code, status, wwwAuthenticate }
  }
}

describe('Principal.has and Principal.require', () => {
  it.each<Requirement>([
    {},
    { scope: 'notes:read' },
    { scope: 'notes:read notes:write' },
    { scope: ['notes:write', 'notes:read'] },
    { role: 'editor' },
    { permission: 'notes.delete' },
    { acr: 'mfa' },
    { acr: ['phr', 'mfa'] },
    { maxAge: 60 },
    { scope: 'notes:read', role: 'editor', acr: 'mfa', maxAge: 3600 },
  ])('is met: %j', async (requirement) => {
    const alice = await principal()

    expect(alice.has(requirement)).toBe(true)
    expect(alice.require(requirement)).toBeUndefined()
  })

  it.each<[Requirement, string]>([
    [{ scope: 'notes:admin' }, 'Bearer error="insufficient_scope", scope="notes:admin"'],
    [
      { scope: 'notes:read notes:admin' },
      'Bearer error="insufficient_scope", scope="notes:read notes:admin"',
    ],
    [{ scope: ['a', 'notes:read'] }, 'Bearer error="insufficient_scope", scope="a notes:read"'],
    [{ scope: 'notes' }, 'Bearer error="insufficient_scope", scope="notes"'],
    [{ role: 'admin' }, 'Bearer error="insufficient_scope"'],
    [{ permission: 'notes.create' }, 'Bearer error="insufficient_scope"'],
  ])('RFC 6750 §3.1: refuses %j with 403', async (requirement, wwwAuthenticate) => {
    const alice = await principal()

    expect(alice.has(requirement)).toBe(false)
    expect(refusalOf(() => alice.require(requirement))).toEqual({
      code: 'insufficient_scope',
      status: 403,
      wwwAuthenticate,
    })
  })

  it.each<[Requirement, string]>([
    [{ acr: 'phr' }, 'acr_values="phr"'],
    [{ acr: ['phr', 'phrh'] }, 'acr_values="phr phrh"'],
    [{ maxAge: 59 }, 'max_age="59"'],
    [{ maxAge: 0 }, 'max_age="0"'],
    [{ acr: 'mfa', maxAge: 5 }, 'acr_values="mfa", max_age="5"'],
    [{ scope: 'notes:read', acr: 'phr' }, 'acr_values="phr"'],
  ])('RFC 9470 §3: refuses %j with 401', async (requirement, parameters) => {
    const alice = await principal()

    expect(alice.has(requirement)).toBe(false)
    expect(refusalOf(() => alice.require(requirement))).toEqual({
      code: 'insufficient_user_authentication',
      status: 401,
      wwwAuthenticate: `Bearer error="insufficient_user_authentication", ${parameters}`,
    })
  })

  it('refuses when the token says nothing about the authentication', async () => {
    const machine = await principal({ acr: undefined, auth_time: undefined })

    expect(machine.has({ acr: 'mfa' })).toBe(false)
    expect(machine.has({ maxAge: 1e9 })).toBe(false)
  })

  it('asks for no step-up that could not help', async () => {
    const alice = await principal()

    const refusal = refusalOf(() => alice.require({ scope: 'x', acr: 'phr' }))
    expect(refusal?.code).toBe('insufficient_scope')
  })

  it.each([
    { scopes: 'notes:admin' },
    { scope: '' },
    { scope: [] },
    { scope: 'a  b' },
    { scope: [1] },
    { role: '' },
    { permission: '' },
    { acr: [] },
    { acr: '' },
    { maxAge: -1 },
    { maxAge: Number.NaN },
    { maxAge: '60' },
  ])('throws for %j, which would require nothing', async (requirement) => {
    const alice = await principal()

    expect(() => alice.has(requirement as Requirement)).toThrow(TypeError)
    expect(() => alice.require(requirement as Requirement)).toThrow(TypeError)
  })

  it('lets no requirement break out of the header', async () => {
    const alice = await principal()
    const scope = 'a"\r\nset-cookie:x\\\u0000é'

    expect(refusalOf(() => alice.require({ scope }))?.wwwAuthenticate).toBe(
      'Bearer error="insufficient_scope", scope="a___set-cookie:x___"',
    )
  })
})
