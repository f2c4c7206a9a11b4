export { createJobs, type Jobs, type JobsOptions, type WorkOptions } from './create-jobs.ts'
export {
  createMaintenance,
  type MaintenanceOptions,
  type MaintenanceTask,
} from './create-maintenance.ts'
export type { EnqueueOptions, JobData } from './enqueue-job.ts'
export { forEachTenant, type ListedTenant, type ListTenants } from './for-each-tenant.ts'
export type { Queue } from './queue.ts'
export type { JobHandler, JobRun } from './run-job.ts'
