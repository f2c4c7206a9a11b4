import { parseAlgorithms } from './algorithms.ts'
import type { SigningAlgorithm } from './algorithms.ts'
import type { ClaimsPolicy } from './check-claims.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { createFetchBudget } from './fetch-budget.ts'
import type { Fetch } from './fetch-key-set.ts'
import { createIssuerMatcher, soleIssuer } from './issuers.ts'
import type { IssuerMatcher, IssuerOption } from './issuers.ts'
import { createStaticKeys } from './key-set.ts'
import type { JwkSet, KeySource } from './key-set.ts'
import type { ParseTokenPolicy } from './parse-token.ts'
import type { Principal } from './principal.ts'
import { createRemoteKeys } from './remote-keys.ts'
import type { JwksCacheOptions } from './remote-keys.ts'

export interface VerifierOptions {
  /**
   * Whose tokens are accepted, compared character by character: one issuer, several, or with
   * `{ tenantsOf: 'https://id.example.com' }` every tenant (`…/t/{slug}`) of one server.
   */
  readonly issuer: IssuerOption
  /** Names of this API; a token must be meant for at least one of them. */
  readonly audience: string | readonly string[]
  /** Default `['ES256']`. HMAC and `none` are refused. */
  readonly algorithms?: readonly SigningAlgorithm[] | undefined
  /** Seconds by which clocks may differ, 0 to 60. Default 5. */
  readonly clockToleranceSeconds?: number | undefined
  /** Token type without `application/`. Default `at+jwt`. */
  readonly typ?: string | undefined
  /** Longest token that is looked at. Default 8 192. */
  readonly maxTokenBytes?: number | undefined
  readonly clock?: Clock | undefined
  readonly fetch?: Fetch | undefined
  /** Keys at hand, instead of fetching them. A plain key set needs a single `issuer`. */
  readonly jwks?: KeySource | JwkSet | undefined
  /** Address of the key set, for a single `issuer`. Default `{issuer}/jwks.json`. */
  readonly jwksUri?: string | undefined
  readonly jwksCache?: JwksCacheOptions | undefined
  /** Verified tokens that are remembered, 0 for none. Default 10 000. */
  readonly cacheSize?: number | undefined
  /** Asked on every use of a token, cached or not; a failure refuses the request (503). */
  readonly revocation?: RevocationCheck | undefined
  /** Refuse tokens without `tenant`. Default: only with `tenantsOf`. */
  readonly requireTenant?: boolean | undefined
}

export interface RevocationCheck {
  isRevoked(principal: Principal): boolean | Promise<boolean>
}

/** Options after all checks and defaults. */
export interface VerifierPolicy extends ParseTokenPolicy, ClaimsPolicy {
  readonly acceptsIssuer: IssuerMatcher
  readonly maxTokenBytes: number
  readonly cacheSize: number
  readonly clock: Clock
  readonly keys: KeySource
  readonly revocation: RevocationCheck | undefined
}

/** @throws TypeError for every option that is missing, out of range, or would weaken the check. */
export function parseVerifierOptions(options: VerifierOptions): VerifierPolicy {
  const acceptsIssuer = createIssuerMatcher(options.issuer)
  const algorithms = parseAlgorithms(options.algorithms ?? ['ES256'])
  const clock = options.clock ?? systemClock
  const isMultiTenant = typeof options.issuer === 'object' && 'tenantsOf' in options.issuer
  return {
    acceptsIssuer,
    algorithms,
    clock,
    audiences: parseAudiences(options.audience),
    typ: parseTyp(options.typ ?? 'at+jwt'),
    clockToleranceSeconds: inRange(options, 'clockToleranceSeconds', 5, [0, 60]),
    maxTokenBytes: inRange(options, 'maxTokenBytes', 8_192, [1, 1_048_576]),
    cacheSize: inRange(options, 'cacheSize', 10_000, [0, 10_000_000]),
    requireTenant: options.requireTenant ?? isMultiTenant,
    revocation: options.revocation,
    keys: parseKeys(options, algorithms, clock),
  }
}

function parseAudiences(audience: string | readonly string[]): ReadonlySet<string> {
  const audiences = new Set(typeof audience === 'string' ? [audience] : audience)
  if (audiences.size === 0 || audiences.has('')) throw new TypeError('`audience` is empty')
  return audiences
}

function parseTyp(typ: string): string {
  if (typ === '' || typ.startsWith('application/')) {
    throw new TypeError('`typ` is written without `application/`')
  }
  return typ.toLowerCase()
}

type NumericOption = 'clockToleranceSeconds' | 'maxTokenBytes' | 'cacheSize'

function inRange(
  options: VerifierOptions,
  name: NumericOption,
  fallback: number,
  [least, most]: readonly [number, number],
): number {
  const value = options[name] ?? fallback
  if (value >= least && value <= most) return value
  throw new TypeError(`\`${name}\` must be from ${least} to ${most}`)
}

function parseKeys(
  options: VerifierOptions,
  algorithms: readonly SigningAlgorithm[],
  clock: Clock,
): KeySource {
  const { jwks, jwksUri } = options
  const issuer = soleIssuer(options.issuer)
  // INVARIANT: keys belong to one issuer. Attack: any issuer of the list signs as any other.
  const isPlainSet = jwks !== undefined && !('findKey' in jwks)
  if (issuer === undefined && (jwksUri !== undefined || isPlainSet)) {
    throw new TypeError('`jwksUri` and a plain key set need a single `issuer`')
  }
  if (jwks !== undefined) return 'findKey' in jwks ? jwks : createStaticKeys(jwks, issuer ?? '')
  for (const address of addressesOf(options)) checkTransport(address)
  return createRemoteKeys({
    clock,
    algorithms,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    cache: options.jwksCache,
    uriOf: (tokenIssuer) => jwksUri ?? `${tokenIssuer}/jwks.json`,
    newcomerBudget: createFetchBudget(clock, FETCHES_PER_SECOND, FETCH_BURST),
  })
}

function addressesOf({ issuer, jwksUri }: VerifierOptions): readonly string[] {
  if (jwksUri !== undefined) return [jwksUri]
  if (typeof issuer === 'string') return [issuer]
  return 'tenantsOf' in issuer ? [issuer.tenantsOf] : issuer
}

// Attack: whoever sits on the path answers with a key of their own.
function checkTransport(address: string): void {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url?.protocol === 'https:') return
  if (url?.protocol === 'http:' && LOOPBACK.has(url.hostname)) return
  throw new TypeError(`keys of \`${address}\` can only be fetched over https (or from loopback)`)
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Key sets of issuers not seen before, fetched per second; and how many may come at once. */
const FETCHES_PER_SECOND = 10
const FETCH_BURST = 20
