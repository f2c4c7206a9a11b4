import { createHmac, createPublicKey } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { AUDIENCE, CLAIMS, encode, ISSUER, NOW, signVector, testKey } from './sign-vector.ts'
import type { Members } from './sign-vector.ts'

export interface VectorCase {
  readonly name: string
  /** The specification that asks for this. */
  readonly rule: string
  readonly token: string
  /** `valid`, or the error code. */
  readonly expect: string
  /** What the verifier is set up with instead of `settings.algorithms`. */
  readonly algorithms?: readonly string[]
}

type Row = readonly [name: string, rule: string, token: string]

export function accessTokenCases(): readonly VectorCase[] {
  return [
    ...rows('valid', validRows()),
    ...rows('token_missing', [['an empty token', 'RFC 6750 §3', '']]),
    ...rows('token_malformed', malformedRows()),
    ...rows('token_too_large', [
      ['more than 8192 bytes', 'RFC 8725 §3', claims({ scope: 'x'.repeat(7000) })],
    ]),
    ...rows('algorithm_refused', algorithmRows()),
    ...choiceCases(),
    ...rows('type_refused', typeRows()),
    ...rows('critical_header_refused', [
      ['crit with an unknown extension', 'RFC 7515 §4.1.11', header({ crit: ['x'], x: 1 })],
      ['an empty crit', 'RFC 7515 §4.1.11', header({ crit: [] })],
      ['b64 made critical', 'RFC 7797 §6', header({ crit: ['b64'], b64: false })],
    ]),
    ...rows('header_refused', headerRows()),
    ...rows('key_unknown', keyRows()),
    ...rows('signature_invalid', signatureRows()),
    ...rows('issuer_refused', issuerRows()),
    ...rows('audience_refused', audienceRows()),
    ...rows('token_expired', [
      ['expired', 'RFC 7519 §4.1.4', claims({ exp: NOW - 60 })],
      ['expired exactly by the tolerance', 'RFC 7519 §4.1.4', claims({ exp: NOW - 5 })],
    ]),
    ...rows('token_not_yet_valid', [
      ['nbf beyond the tolerance', 'RFC 7519 §4.1.5', claims({ nbf: NOW + 6 })],
      ['iat beyond the tolerance', 'RFC 7519 §4.1.6', claims({ iat: NOW + 6 })],
    ]),
    ...rows('claim_missing', missingRows()),
    ...rows('claim_invalid', invalidRows()),
    ...rows('binding_required', [
      ['DPoP-bound token as bearer', 'RFC 9449 §7.1', claims({ cnf: { jkt: 'x'.repeat(43) } })],
      ['certificate-bound as bearer', 'RFC 8705 §3', claims({ cnf: { 'x5t#S256': 'x' } })],
      ['cnf that is null', 'RFC 7800 §3.1', claims({ cnf: null })],
    ]),
  ]
}

function validRows(): Row[] {
  const list = ['https://other.example.com', AUDIENCE]
  return [
    ['one audience, ES256', 'RFC 9068 §2.2', signVector()],
    ['one of several audiences', 'RFC 7519 §4.1.3', claims({ aud: list })],
    ['EdDSA', 'RFC 8037 §3.1', signVector({ key: 'eddsa' })],
    ['PS256', 'RFC 7518 §3.5', signVector({ key: 'ps256' })],
    ['RS256', 'RFC 7518 §3.3', signVector({ key: 'rs256' })],
    ['type with application/', 'RFC 9068 §4', header({ typ: 'application/at+jwt' })],
    ['type in other letters', 'RFC 7515 §4.1.9', header({ typ: 'AT+JWT' })],
    ['expired within the tolerance', 'RFC 7519 §4.1.4', claims({ exp: NOW - 4 })],
    ['nbf and iat at the tolerance', 'RFC 7519 §4.1.5', claims({ nbf: NOW + 5, iat: NOW + 5 })],
    ['only the required claims', 'RFC 9068 §2.2', claims(without(OPTIONAL))],
    ['an unknown claim', 'RFC 7519 §4', claims({ 'https://example.com/x': { y: [1] } })],
    ['an unknown header parameter', 'RFC 7515 §4', header({ 'x-trace': '1' })],
    ['an empty scope', 'RFC 9068 §2.2.3', claims({ scope: '' })],
    ['a key without alg that fits only one', 'RFC 7517 §4.4', signed('es256-no-alg', 'ES256')],
  ]
}

function malformedRows(): Row[] {
  const token = signVector()
  const [head = '', payload = '', signature = ''] = token.split('.')
  const duplicate = `{"iss":"${ISSUER}",${JSON.stringify(CLAIMS).slice(1)}`
  const escaped = `{"\\u0069ss":"${ISSUER}",${JSON.stringify(CLAIMS).slice(1)}`
  const doubleAlg = '{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"es256"}'
  const deep = JSON.stringify(CLAIMS).replace(/}$/, `,"x":${'['.repeat(64)}${']'.repeat(64)}}`)
  const proto = JSON.stringify(CLAIMS).replace(/^{/, '{"__proto__":{},')
  return [
    ['two parts', 'RFC 7515 §5.2', `${head}.${payload}`],
    ['four parts', 'RFC 7515 §5.2', `${token}.${signature}`],
    ['five parts (JWE)', 'RFC 7516 §9', `${token}.${signature}.${signature}`],
    ['an empty signature', 'RFC 8725 §3.2', `${head}.${payload}.`],
    ['an empty payload', 'RFC 7515 §5.2', `${head}..${signature}`],
    ['an empty header', 'RFC 7515 §5.2', `.${payload}.${signature}`],
    ['padding', 'RFC 7515 §2', `${token}==`],
    ['the alphabet of plain base64', 'RFC 7515 §2', `${head}.${payload}.+/${signature.slice(2)}`],
    ['stray low bits', 'RFC 4648 §3.5', `${token.slice(0, -1)}${nextLetter(token)}`],
    ['a line break', 'RFC 7515 §2', `${token}\n`],
    ['a character outside ASCII', 'RFC 7515 §2', `${head}.${payload}é.${signature}`],
    ['a duplicate claim', 'RFC 8725bis §3', signVector({ payload: duplicate })],
    ['a duplicate after unescaping', 'RFC 8725bis §3', signVector({ payload: escaped })],
    ['a duplicate header parameter', 'RFC 7515 §4', signVector({ headerText: doubleAlg })],
    ['a payload that is no JSON', 'RFC 7519 §7.2', signVector({ payload: 'hello' })],
    ['a payload that is an array', 'RFC 7519 §7.2', signVector({ payload: '[]' })],
    ['a header that is null', 'RFC 7515 §5.2', signVector({ headerText: 'null' })],
    ['invalid UTF-8', 'RFC 7515 §5.2', signVector({ payload: Buffer.from([0x22, 0xff, 0x22]) })],
    [
      'a byte order mark',
      'RFC 8259 §8.1',
      signVector({ payload: `\ufeff${JSON.stringify(CLAIMS)}` }),
    ],
    ['an escaped NUL', 'RFC 8725 §3', claims({ sub: 'usr_\u0000' })],
    ['a lone surrogate', 'RFC 7493 §2.1', claims({ sub: 'usr_\ud800' })],
    ['nested too deeply', 'RFC 8259 §9', signVector({ payload: deep })],
    ['a member named __proto__', 'RFC 8725 §3', signVector({ payload: proto })],
  ]
}

function algorithmRows(): Row[] {
  const noneHeader = '{"alg":"none","typ":"at+jwt","kid":"es256"}'
  const none = `${encode(noneHeader)}.${encode(JSON.stringify(CLAIMS))}`
  return [
    ['none without signature', 'RFC 8725 §3.2', `${none}.`],
    ['none with a signature', 'RFC 8725 §3.2', header({ alg: 'none' })],
    ['None in other letters', 'RFC 8725 §3.2', header({ alg: 'None' })],
    ['HS256 with the public key as secret', 'RFC 8725 §2.1', confusedHmac()],
    ['ES384', 'RFC 8725 §3.1', header({ alg: 'ES384' })],
    ['no alg', 'RFC 7515 §4.1.1', header({ alg: undefined })],
    ['alg that is a list', 'RFC 7515 §4.1.1', header({ alg: ['ES256'] })],
    ['RS256 with a PS256 key', 'RFC 8725 §3.1', signed('ps256', 'RS256')],
    ['PS256 with an RS256 key', 'RFC 8725 §3.1', signed('rs256', 'PS256')],
    ['ES256 with an EdDSA key', 'RFC 8725 §3.1', signed('eddsa', 'ES256')],
    ['RS256 under the kid of an ES256 key', 'RFC 8725 §3.1', underKid('es256', 'rs256', 'RS256')],
    ['PS256 under the kid of an RS256 key', 'RFC 8725 §3.1', underKid('rs256', 'ps256', 'PS256')],
  ]
}

/** What is not chosen is refused, whatever the key set holds; the default is ES256 alone. */
function choiceCases(): VectorCase[] {
  const rule = 'RFC 8725 §3.1'
  const others = ['eddsa', 'ps256', 'rs256'].map((key) => ({ key, token: signVector({ key }) }))
  return others.flatMap(({ key, token }) => {
    const own = key === 'eddsa' ? 'EdDSA' : key.toUpperCase()
    const refused = { rule, token, expect: 'algorithm_refused' }
    return [
      { ...refused, name: `${own} where ES256 is chosen`, algorithms: ['ES256'] },
      { ...refused, name: `${own} where all others are`, algorithms: ALL.filter((a) => a !== own) },
      { rule, token, expect: 'valid', name: `${own} where it alone is chosen`, algorithms: [own] },
    ]
  })
}

function typeRows(): Row[] {
  return ['JWT', 'id_token+jwt', 'logout+jwt', 'application/jwt', 'at+jwt ', '', undefined, 1].map(
    (typ) => [`typ ${JSON.stringify(typ) ?? 'missing'}`, 'RFC 9068 §4', header({ typ })],
  )
}

function headerRows(): Row[] {
  const { d: _, ...jwk } = testKey('es256')
  return [
    ['an embedded jwk', 'RFC 8725 §3.10', header({ jwk })],
    ['jku', 'RFC 8725 §3.10', header({ jku: 'https://attacker.example/jwks.json' })],
    ['x5u', 'RFC 8725 §3.10', header({ x5u: 'https://attacker.example/x.pem' })],
    ['x5c', 'RFC 7515 §4.1.6', header({ x5c: ['MIIB'] })],
    ['zip', 'RFC 8725bis §3', header({ zip: 'DEF' })],
    ['b64 that is not critical', 'RFC 7797 §6', header({ b64: false })],
    ['no kid', 'RFC 7515 §4.1.4', header({ kid: undefined })],
    ['an empty kid', 'RFC 7515 §4.1.4', header({ kid: '' })],
    ['kid that is a number', 'RFC 7515 §4.1.4', header({ kid: 1 })],
    ['kid of 129 characters', 'RFC 8725 §3.10', header({ kid: 'k'.repeat(129) })],
  ]
}

function keyRows(): Row[] {
  return [
    ['a kid nobody has', 'RFC 7517 §4.5', header({ kid: 'es256-other' })],
    ['a kid of 128 characters', 'RFC 7517 §4.5', header({ kid: 'k'.repeat(128) })],
    ['a kid like a path', 'RFC 8725 §3.10', header({ kid: '../../dev/null' })],
    ['a key for encryption', 'RFC 7517 §4.2', signed('es256-enc', 'ES256')],
    ['a key that may not verify', 'RFC 7517 §4.3', signed('es256-ops', 'ES256')],
    ['an RSA key without alg', 'RFC 8725 §3.1', signed('rsa-no-alg', 'RS256')],
    ['an RSA key of 1024 bits', 'RFC 7518 §3.3', signed('rs256-weak', 'RS256')],
    ['a key whose alg does not fit it', 'RFC 8725 §3.1', signed('es256-as-rs256', 'ES256')],
    ['a key published with its private part', 'RFC 7517 §9.2', signed('es256-private', 'ES256')],
    ['a kid that two keys share', 'RFC 7517 §4.5', signed('es256-twice', 'ES256')],
  ]
}

function signatureRows(): Row[] {
  const changed = encode(JSON.stringify({ ...CLAIMS, sub: 'usr_01k0000000e00800000000b0b0' }))
  const tampered = signVector().replace(/\.[^.]+\./, `.${changed}.`)
  const flip = (_: string, signature: Buffer) =>
    signature.map((byte, at) => (at === 9 ? byte ^ 1 : byte))
  return [
    ['a changed payload', 'RFC 7515 §5.2', tampered],
    ['a changed signature', 'RFC 7515 §5.2', signVector({ signature: flip as never })],
    ['a signature of another key', 'RFC 7515 §5.2', header({ kid: 'es256-no-alg' })],
    ['63 bytes', 'RFC 7518 §3.4', signVector({ signature: (_, raw) => raw.subarray(0, 63) })],
    [
      '65 bytes',
      'RFC 7518 §3.4',
      signVector({ signature: (_, raw) => Buffer.concat([raw, raw.subarray(0, 1)]) }),
    ],
    [
      'DER instead of r || s',
      'RFC 7518 §3.4',
      signVector({ signature: (_, raw) => naiveDer(raw) }),
    ],
    ['r and s are zero', 'RFC 7518 §3.4', signVector({ signature: () => Buffer.alloc(64) })],
    ['an RSA signature called ES256', 'RFC 7518 §3.4', underKid('es256', 'rs256', 'ES256')],
    ['EdDSA, changed', 'RFC 8037 §3.1', signVector({ key: 'eddsa', signature: flip as never })],
    ['PS256, changed', 'RFC 7518 §3.5', signVector({ key: 'ps256', signature: flip as never })],
    ['RS256, changed', 'RFC 7518 §3.3', signVector({ key: 'rs256', signature: flip as never })],
  ]
}

function issuerRows(): Row[] {
  const issuers = [
    'https://id.example.com/t/globex',
    `${ISSUER}/`,
    ISSUER.toUpperCase(),
    undefined,
    [ISSUER],
  ]
  return issuers.map((iss) => [
    `iss ${JSON.stringify(iss) ?? 'missing'}`,
    'RFC 9068 §4',
    claims({ iss }),
  ])
}

function audienceRows(): Row[] {
  const audiences = ['https://other.example.com', `${AUDIENCE}/`, ['a', 'b'], []]
  return audiences.map((aud) => [`aud ${JSON.stringify(aud)}`, 'RFC 9068 §4', claims({ aud })])
}

function missingRows(): Row[] {
  const required = ['exp', 'iat', 'aud', 'sub', 'jti', 'client_id', 'tenant']
  return required.map((claim) => [`no ${claim}`, 'RFC 9068 §2.2', claims(without([claim]))])
}

function invalidRows(): Row[] {
  const values: readonly Members[] = [
    { exp: String(NOW + 600) },
    { exp: NOW + 600.5 },
    { exp: -1 },
    { exp: null },
    { exp: 1e300 },
    { iat: true },
    { nbf: 'soon' },
    { auth_time: NOW + 60 },
    { aud: [AUDIENCE, 1] },
    { aud: { 0: AUDIENCE } },
    { sub: 1 },
    { sub: '' },
    { jti: [] },
    { client_id: '' },
    { tenant: 5 },
    { sid: {} },
    { scope: ['notes:read'] },
    { scope: 'notes:read  notes:write' },
    { scope: ' notes:read' },
    { scope: 'notes:"read"' },
    { roles: 'editor' },
    { roles: [1] },
    { permissions: {} },
    { amr: 'pwd' },
    { acr: 1 },
  ]
  return values.map((change) => [
    JSON.stringify(change),
    'RFC 7519 §4.1, RFC 9068 §2.2',
    claims(change),
  ])
}

function rows(expect: string, list: readonly Row[]): VectorCase[] {
  return list.map(([name, rule, token]) => ({ name, rule, token, expect }))
}

function claims(change: Members): string {
  return signVector({ claims: change })
}

function header(change: Members): string {
  return signVector({ header: change })
}

function signed(kid: string, alg: string): string {
  return signVector({ key: kid, header: { alg } })
}

/** Signed by one key, under the name of another. */
function underKid(kid: string, key: string, alg: string): string {
  return signVector({ key, header: { kid, alg } })
}

function without(names: readonly string[]): Members {
  return Object.fromEntries(names.map((name) => [name, undefined]))
}

function confusedHmac(): string {
  const secret = createPublicKey({ key: testKey('rs256') as JsonWebKey, format: 'jwk' }).export({
    format: 'pem',
    type: 'spki',
  })
  const hmac = (input: string) => createHmac('sha256', secret).update(input).digest()
  return signVector({ key: 'rs256', header: { alg: 'HS256' }, signature: hmac })
}

/** The last letter of a 64-byte signature has four unused bits; this sets one of them. */
function nextLetter(token: string): string {
  return String.fromCharCode(token.charCodeAt(token.length - 1) + 1)
}

/** Right unless r or s start with zero bits, which only makes the vector wrong in another way. */
function naiveDer(raw: Buffer): Buffer {
  const integer = (digits: Buffer) => Buffer.concat([Buffer.from([2, 33, 0]), digits])
  const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, body.length]), body])
}

export const ALL = ['ES256', 'EdDSA', 'PS256', 'RS256']
const OPTIONAL = ['scope', 'sid', 'acr', 'amr', 'auth_time', 'roles']
