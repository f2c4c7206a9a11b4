import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TenantRef } from '../../kernel/index.ts'
import { BUILT_IN_ROLES, PERMISSIONS } from './model.ts'
import { permissionsOf } from './permissions-of.ts'

const acme = { slug: 'acme' } as TenantRef
const system = { slug: 'system' } as TenantRef

describe('permissionsOf', () => {
  it('permits what the reviewed policy table says, and nothing else', () => {
    const golden = readFileSync(new URL('./policy.golden.txt', import.meta.url), 'utf8')

    expect(formatPolicyTable()).toBe(golden)
  })

  it('gives the administrator of a tenant no operator permission', () => {
    expect(permissionsOf(acme, ['admin'], []).has('users.write')).toBe(true)
    expect(permissionsOf(acme, ['admin'], []).has('tenants.write')).toBe(false)
    expect(permissionsOf(system, ['admin'], []).has('tenants.write')).toBe(false)
  })

  it('gives `operator` a meaning in the system tenant only', () => {
    expect(permissionsOf(system, ['operator'], []).has('tenants.write')).toBe(true)
    expect(permissionsOf(acme, ['operator'], []).size).toBe(0)
  })

  it('adds the permissions of the tenant’s own roles', () => {
    const permissions = permissionsOf(acme, ['support'], ['users.read', 'app:orders.read'])

    expect([...permissions].sort()).toEqual(['app:orders.read', 'users.read'])
  })

  it('ignores stored permissions that this tenant may not grant', () => {
    expect(permissionsOf(acme, ['x'], ['tenants.write', 'all', 'app:', 'app:A']).size).toBe(0)
  })

  it('answers the same question with the same set', () => {
    expect(permissionsOf(acme, ['admin'], [])).toBe(permissionsOf(acme, ['admin'], []))
  })

  it('forgets the sets when there are too many, and still answers right', () => {
    for (let n = 0; n < 5_100; n++) permissionsOf(acme, [`r${n}`], [])

    expect(permissionsOf(acme, ['admin'], []).has('users.read')).toBe(true)
  })
})

function formatPolicyTable(): string {
  const width = Math.max(...PERMISSIONS.map((name) => name.length))
  const rows = PERMISSIONS.map((permission) => {
    const cells = BUILT_IN_ROLES.map((role) =>
      permissionsOf(system, [role.name], []).has(permission) ? 'permit' : '-',
    )
    return formatRow(permission, cells)
  })
  function formatRow(first: string, cells: readonly string[]): string {
    return [first.padEnd(width), ...cells.map((cell) => cell.padEnd(6))].join('  ').trimEnd()
  }
  const head = formatRow(
    'permission',
    BUILT_IN_ROLES.map((role) => role.name),
  )
  return `${[head, ...rows].join('\n')}\n`
}
