import { type Duration, newId, parseId, type RequestContext, seconds } from '../../kernel/index.ts'
import type { Tx } from '../db/index.ts'
import type { JobRun, Jobs } from '../jobs/index.ts'
import { checkMail, type OutgoingMail } from '../mail/index.ts'
import type { Logger } from '../telemetry/index.ts'
import { createNudge } from './create-nudge.ts'
import { deliverMessage, type DeliveryOptions, type DeliveryOutcome } from './deliver-message.ts'
import { DELIVERIES_AT_ONCE, JOB_DELAY, OUTBOX_QUEUE, SUSPENDED_DELAY } from './policy.ts'
import { purgeOutbox } from './purge-outbox.ts'
import { checkSms, type OutgoingSms } from '../sms/index.ts'
import { type OutboxMessage, type OutboxRef, sealMessage } from './sealed-message.ts'
import { insertOutboxRow } from './store.ts'

export interface Outbox {
  /**
   * Writes the mail in the caller's transaction; it is sent after that committed, at least once,
   * and not at all if it is rolled back.
   * @throws TypeError if the mail is malformed
   */
  enqueueMail(tx: Tx, context: RequestContext, mail: OutgoingMail): Promise<void>
  /**
   * The same for an SMS, which is not sent after `expiresAt`.
   * @throws TypeError if it is malformed
   */
  enqueueSms(tx: Tx, context: RequestContext, sms: OutgoingSms, expiresAt: Date): Promise<void>
  /** Erases what could not be delivered for days. For the maintenance of each tenant, hourly. */
  purge(context: RequestContext): Promise<void>
}

export interface OutboxOptions extends DeliveryOptions {
  readonly jobs: Jobs
  readonly logger: Logger
  /**
   * True: the node that wrote a mail also tries at once to send it. False leaves it to the nodes
   * that run jobs: for a process that ends soon. Default: true.
   */
  readonly deliverHere?: boolean
}

export function createOutbox(options: OutboxOptions): Outbox {
  const { jobs, sealer, deliverHere = true } = options
  const nudge = createNudge({
    attempt: (ref) => attemptOnce(options, ref),
    atOnce: DELIVERIES_AT_ONCE,
  })
  const jobDelay: Duration = deliverHere ? JOB_DELAY : seconds(0)
  jobs.onStop(() => nudge.drain())
  jobs.work(OUTBOX_QUEUE, (run) => runDelivery(options, run), { concurrency: DELIVERIES_AT_ONCE })
  const enqueue = async (tx: Tx, context: RequestContext, message: OutboxMessage) => {
    const ref: OutboxRef = { tenantId: context.tenant.id, id: newId('out') }
    const { kind } = message
    const sealed = sealMessage(sealer, ref, message)
    await insertOutboxRow(tx, { id: ref.id, kind, sealed, createdAt: context.clock.now() })
    const data = { tenant_id: ref.tenantId, outbox_id: ref.id }
    await jobs.enqueue(tx, OUTBOX_QUEUE, data, { delay: jobDelay })
    if (deliverHere) nudge.soon(ref)
  }
  return {
    enqueueMail: async (tx, context, mail) => {
      checkMail(mail)
      await enqueue(tx, context, { kind: 'mail', mail })
    },
    enqueueSms: async (tx, context, sms, expiresAt) => {
      checkSms(sms)
      const expiring = { ...sms, expiresAt: expiresAt.toISOString() }
      await enqueue(tx, context, { kind: 'sms', sms: expiring })
    },
    purge: (context) => purgeOutbox(options, context),
  }
}

/** @returns false if the row is not there, so that looking again makes sense */
async function attemptOnce(options: OutboxOptions, ref: OutboxRef): Promise<boolean> {
  try {
    const outcome = await deliverMessage(options, ref)
    log(options.logger, ref, outcome)
    return outcome.kind !== 'absent'
  } catch (err) {
    options.logger.warn('mail.attempt_failed', { tenant: ref.tenantId, err })
    return true
  }
}

async function runDelivery(options: OutboxOptions, run: JobRun): Promise<void> {
  const ref = parseRef(run)
  const outcome = await deliverMessage(options, ref)
  log(options.logger, ref, outcome)
  switch (outcome.kind) {
    case 'delivered':
    case 'refused':
    case 'settled_before':
    case 'absent':
      return
    case 'tenant_suspended':
      // A new job, so that waiting uses up no attempt.
      await options.database.withoutTenant((tx) =>
        options.jobs.enqueue(tx, OUTBOX_QUEUE, run.data, { delay: SUSPENDED_DELAY }),
      )
      return
    case 'claimed_elsewhere':
      // INVARIANT: the job ends only when the row is settled; whoever has the claim may be dead.
      throw new Error('another node is about to deliver this mail')
    case 'failed':
      if (run.isLastAttempt) options.logger.error('mail.undeliverable', { tenant: ref.tenantId })
      throw new Error('mail not delivered', { cause: outcome.cause })
  }
}

function log(logger: Logger, { tenantId: tenant }: OutboxRef, outcome: DeliveryOutcome): void {
  if (outcome.kind === 'delivered') logger.info('mail.delivered', { tenant })
  if (outcome.kind === 'refused') logger.error('mail.refused', { tenant, err: outcome.cause })
  if (outcome.kind === 'failed') logger.warn('mail.attempt_failed', { tenant, err: outcome.cause })
}

function parseRef({ data }: JobRun): OutboxRef {
  const tenantId = parseId('ten', data['tenant_id'] ?? '')
  const id = parseId('out', data['outbox_id'] ?? '')
  if (tenantId === undefined || id === undefined) throw new TypeError('not a job of the outbox')
  return { tenantId, id }
}
