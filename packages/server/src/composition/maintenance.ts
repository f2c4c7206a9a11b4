import { purgeSingleUse } from '../platform/db/index.ts'
import { purgeIdempotentRequests } from '../platform/idempotency/index.ts'
import { createMaintenance, type MaintenanceTask } from '../platform/jobs/index.ts'
import type { Domains } from './domains.ts'
import type { Infrastructure } from './infrastructure.ts'

/** Registers the periodic work and begins to run jobs on this node. */
export async function startMaintenance(
  infrastructure: Infrastructure,
  domains: Domains,
): Promise<void> {
  const { logger, clock } = infrastructure
  const { jobs, tenants } = domains
  createMaintenance({
    jobs,
    logger,
    clock,
    listTenants: (page) => tenants.list(page),
    tasks: maintenanceTasks(infrastructure, domains),
  })
  await jobs.start()
}

/** Minutes differ, so that the tasks do not all begin at once. */
export function maintenanceTasks(
  infrastructure: Infrastructure,
  domains: Domains,
): readonly MaintenanceTask[] {
  const { keys, sessions, refreshTokens, oauth, sharedSignals, screening, currentTenant } = domains
  return [
    {
      name: 'rotate-signing-keys',
      cron: '7 * * * *',
      run: async (context) => void (await keys.rotateDue(context)),
    },
    {
      name: 'purge-refresh-tokens',
      cron: '17 * * * *',
      run: async (context) => void (await refreshTokens.purgeExpired(context)),
    },
    {
      name: 'purge-sessions',
      cron: '27 * * * *',
      run: async (context) => {
        await sessions.purgeExpired(context)
        // In case that a node went down between a change of the rules and what follows from it.
        await sessions.shorten(context)
      },
    },
    {
      name: 'tell-ended-sessions',
      cron: '*/5 * * * *',
      // It signs, and the list of tenants is by now as old as the work for those before this one.
      run: async (context) =>
        oauth.tellEndedSessions({ ...context, tenant: await currentTenant(context.tenant) }),
    },
    {
      name: 'screen-again',
      cron: '2 * * * *',
      run: (context) => screening.screenAgain(context),
    },
    { name: 'tidy-signals', cron: '*/5 * * * *', run: (context) => sharedSignals.tidy(context) },
    { name: 'purge-oauth', cron: '22 * * * *', run: (context) => oauth.purge(context) },
    ...purgeTasks(infrastructure, domains),
  ]
}

/** What has expired in what several domains use. */
function purgeTasks({ database }: Infrastructure, domains: Domains): readonly MaintenanceTask[] {
  const { outbox } = domains
  return [
    { name: 'purge-outbox', cron: '37 * * * *', run: (context) => outbox.purge(context) },
    {
      name: 'purge-single-use-values',
      cron: '47 * * * *',
      run: ({ tenant, clock }) => purgeSingleUse(database, tenant.id, clock.now()),
    },
    {
      name: 'purge-idempotent-requests',
      cron: '42 * * * *',
      run: ({ tenant, clock }) => purgeIdempotentRequests(database, tenant.id, clock.now()),
    },
    ...signInTasks(domains),
  ]
}

/** Of what signing in leaves behind. */
function signInTasks({
  devices,
  habits,
  attempts,
  factors,
  signIn,
}: Domains): readonly MaintenanceTask[] {
  return [
    {
      name: 'purge-devices',
      cron: '32 * * * *',
      run: async (context) => void (await devices.purgeExpired(context)),
    },
    {
      name: 'purge-habits',
      cron: '42 * * * *',
      run: async (context) => void (await habits.purge(context)),
    },
    {
      name: 'purge-failed-attempts',
      cron: '57 * * * *',
      run: (context) => attempts.purge(context),
    },
    {
      name: 'purge-challenges',
      cron: '52 * * * *',
      run: async (context) => {
        await factors.purge(context)
        await signIn.purge(context)
      },
    },
  ]
}
