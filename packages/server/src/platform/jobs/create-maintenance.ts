import type { Clock, RequestContext } from '../../kernel/index.ts'
import type { Logger } from '../telemetry/index.ts'
import type { Jobs } from './create-jobs.ts'
import { forEachTenant, type ListTenants } from './for-each-tenant.ts'

export interface MaintenanceTask {
  readonly name: string
  /** UTC, five fields. */
  readonly cron: string
  /** Once for each active tenant; must bear running twice. */
  run(context: RequestContext): Promise<void>
}

export interface MaintenanceOptions {
  readonly jobs: Pick<Jobs, 'schedule'>
  readonly listTenants: ListTenants
  readonly logger: Logger
  readonly clock: Clock
  readonly tasks: readonly MaintenanceTask[]
}

/** Registers periodic work that is done for every active tenant. Before `jobs.start()`. */
export function createMaintenance(options: MaintenanceOptions): void {
  const { jobs, tasks, ...rest } = options
  for (const task of tasks) {
    jobs.schedule(task.name, task.cron, ({ signal }) =>
      forEachTenant({ ...rest, signal }, task.name, (context) => task.run(context)),
    )
  }
}
