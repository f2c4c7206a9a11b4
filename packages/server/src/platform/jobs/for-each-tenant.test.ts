import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { fromUuid, type RequestContext, type TenantPolicy } from '../../kernel/index.ts'
import { createLogger } from '../telemetry/index.ts'
import type { JobHandler } from './run-job.ts'
import { createMaintenance } from './create-maintenance.ts'
import { forEachTenant, type ListedTenant, type ListTenants } from './for-each-tenant.ts'

describe('forEachTenant', () => {
  it('reaches every active tenant over several pages', async () => {
    const tenants = Array.from({ length: 401 }, (_, index) => tenant(index))
    const seen: string[] = []

    await forEachTenant(options(pagesOf(tenants)), 'task', async (context) => {
      seen.push(context.tenant.slug)
    })

    expect(seen).toEqual(tenants.map(({ slug }) => slug))
  })

  it('leaves out a suspended tenant', async () => {
    const tenants = [tenant(1), { ...tenant(2), status: 'suspended' as const }, tenant(3)]
    const seen: string[] = []

    await forEachTenant(options(pagesOf(tenants)), 'task', async (context) => {
      seen.push(context.tenant.slug)
    })

    expect(seen).toEqual(['t1', 't3'])
  })

  it('goes on after a tenant that failed, logs it, and fails at the end', async () => {
    const lines: string[] = []
    const destination = { write: (line: string) => void lines.push(line) }
    const seen: string[] = []
    const work = async ({ tenant: { slug } }: RequestContext) => {
      if (slug === 't2') throw new Error('ann@example.test')
      seen.push(slug)
    }

    const run = forEachTenant(
      {
        ...options(pagesOf([tenant(1), tenant(2), tenant(3)])),
        logger: createLogger({ level: 'info', destination }),
      },
      'task',
      work,
    )

    await expect(run).rejects.toThrow('1 tenant(s) failed')
    expect(seen).toEqual(['t1', 't3'])
    expect(lines.join()).toContain('"tenant":"t2"')
    expect(lines.join()).not.toContain('example.test')
  })

  it('ends between two tenants when the process stops', async () => {
    const stopping = new AbortController()
    const seen: string[] = []

    const run = forEachTenant(
      { ...options(pagesOf([tenant(1), tenant(2)])), signal: stopping.signal },
      'task',
      async (context) => {
        seen.push(context.tenant.slug)
        stopping.abort()
      },
    )

    await expect(run).rejects.toMatchObject({ name: 'AbortError' })
    expect(seen).toEqual(['t1'])
  })

  it('acts as the system, not as a person', async () => {
    let seen: RequestContext | undefined

    await forEachTenant(options(pagesOf([tenant(1)])), 'task', async (context) => {
      seen = context
    })

    expect(seen).toMatchObject({ principal: undefined, source: { ip: 'internal' } })
  })

  it('is what a maintenance task does', async () => {
    const scheduled = new Map<string, JobHandler>()
    const seen: string[] = []
    createMaintenance({
      ...options(pagesOf([tenant(1)])),
      jobs: { schedule: (name, cron, handler) => void scheduled.set(`${name} ${cron}`, handler) },
      tasks: [
        {
          name: 'purge',
          cron: '5 * * * *',
          run: async ({ tenant: { slug } }) => void seen.push(slug),
        },
      ],
    })

    await scheduled.get('purge 5 * * * *')?.({
      id: '',
      data: {},
      attempt: 1,
      isLastAttempt: false,
      signal: new AbortController().signal,
    })

    expect(seen).toEqual(['t1'])
  })
})

function options(listTenants: ListTenants) {
  return { listTenants, logger: createLogger({ level: 'silent' }), clock: new FakeClock() }
}

function pagesOf(tenants: readonly ListedTenant[]): ListTenants {
  return async ({ after, limit }) => {
    const start = tenants.findIndex(({ id }) => id === after) + 1
    return tenants.slice(start, start + limit)
  }
}

function tenant(number: number): ListedTenant {
  const uuid = `01900000-0000-7000-8000-${String(number).padStart(12, '0')}`
  return {
    id: fromUuid('ten', uuid),
    slug: `t${number}`,
    issuer: `https://id.example.test/t/t${number}`,
    policy: {} as TenantPolicy,
    signingKeysVersion: 0,
    status: 'active',
  }
}
