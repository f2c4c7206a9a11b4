import { days, type Duration, minutes, seconds } from '../../kernel/index.ts'

/** RFC 6749 §4.1.2 allows ten minutes; FAPI 2.0 §5.3.2.1 no 12: at most 60 seconds. */
export const AUTHORIZATION_CODE_LIFETIME: Duration = seconds(60)
/** How long a person may take to sign in and to allow. */
export const INTERACTION_LIFETIME: Duration = minutes(30)
/** RFC 8628 §3.2. */
export const DEVICE_CODE_LIFETIME: Duration = minutes(10)
export const CIBA_REQUEST_LIFETIME: Duration = minutes(5)
export const ID_TOKEN_LIFETIME: Duration = minutes(10)
/** A grant ends with the absolute limit of its session at the latest. */
export const GRANT_LIFETIME: Duration = days(90)

/** How long an administrator's token lets its holder register clients. */
export const REGISTRATION_TOKEN_LIFETIME: Duration = days(1)

/** Providers that a node keeps ready, each about 50 kB. */
export const MAX_PROVIDERS = 1000

/** Of all tenants together; about 2 KiB each. */
export const MAX_REMEMBERED_CLIENTS = 5_000
