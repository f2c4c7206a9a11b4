import { describe, expect, it } from 'vitest'
import type { TenantPolicy } from '../../kernel/index.ts'
import { isPasswordExpired } from './password-profiles.ts'

describe('isPasswordExpired', () => {
  const changedAt = new Date('2026-01-01T00:00:00.000Z')
  const expired = (passwordProfile: TenantPolicy['passwordProfile'], at: string) =>
    isPasswordExpired(
      { passwordProfile, passwordMinimumLength: 12 } as TenantPolicy,
      changedAt,
      new Date(at),
    )

  it('is so after 90 days under PCI DSS', () => {
    expect(expired('pci-dss', '2026-03-31T23:59:59.999Z')).toBe(false)
    expect(expired('pci-dss', '2026-04-01T00:00:00.000Z')).toBe(true)
  })

  it('is never so under the others', () => {
    expect(expired('nist', '2099-01-01T00:00:00.000Z')).toBe(false)
    expect(expired('psd2', '2099-01-01T00:00:00.000Z')).toBe(false)
  })
})
