import { hours, seconds } from '../../kernel/index.ts'

/** How long a key stands for the answer of its first request. */
export const KEY_LIFETIME = hours(24)

/**
 * When a request that changed nothing counts as dead, so that its key may be used again. Longer than
 * a request takes; one that still runs then finds its claim gone and changes nothing.
 */
export const CLAIM_LIFETIME = seconds(60)
