import { z } from 'zod'
import { isNetwork } from '../../platform/networks/index.ts'
import { isCountryCode } from './country-codes.ts'

/** Characters of a mapped IPv6 address, written out, with its prefix. */
const LONGEST_NETWORK = 49

const networkSchema = z
  .string()
  .max(LONGEST_NETWORK)
  .refine(isNetwork, 'must be an address, or a network such as `192.0.2.0/24` or `2001:db8::/32`')

const countrySchema = z
  .string()
  .max(2)
  .refine(isCountryCode, 'must be a code of ISO 3166-1 such as `CH`')

/** The bound is one of memory: every node remembers the settings of the tenants that it serves. */
export const networkListSchema = z.array(networkSchema).max(200)

export const countryListSchema = z.array(countrySchema).max(250)
