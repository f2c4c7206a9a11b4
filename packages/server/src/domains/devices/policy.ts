import { days } from '../../kernel/index.ts'

/**
 * How long a browser is remembered after its last sign-in. Longer than any session lives, so that a
 * session never outlives the cookie that its refresh tokens are bound to.
 */
export const DEVICE_LIFETIME = days(180)
