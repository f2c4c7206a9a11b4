import { errors, type AuthorizationDetail, type KoaContextWithOIDC } from 'oidc-provider'
import { z } from 'zod'

const text = z.string().min(1).max(200)
const common = {
  locations: z.array(text).max(10).optional(),
  actions: z.array(text).max(20).optional(),
}
const amount = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  // Decimal strings, never floats.
  amount: z.string().regex(/^\d{1,15}(?:\.\d{1,5})?$/),
})

/** RFC 9396 §2: what each type may say. A member that stands nowhere here is refused. */
const TYPES: Readonly<Record<string, z.ZodType>> = {
  payment_initiation: z.strictObject({
    type: text,
    ...common,
    instructedAmount: amount,
    creditorName: text,
    creditorAccount: z.strictObject({ iban: z.string().regex(/^[A-Z]{2}\d{2}[A-Z0-9]{4,30}$/) }),
    remittanceInformationUnstructured: z.string().max(140).optional(),
  }),
  account_information: z.strictObject({
    type: text,
    ...common,
    identifier: text.optional(),
    datatypes: z.array(text).max(20).optional(),
  }),
}

/** A user is asked about them each time, so they are of one request and not of the grant. */
export function richAuthorizationRequests() {
  return {
    enabled: true as const,
    types: Object.fromEntries(
      Object.entries(TYPES).map(([type, schema]) => [type, { validate: validator(schema) }]),
    ),
    authorizationDetailsForGrantSource: (ctx: KoaContextWithOIDC) => detailsIn(ctx),
    authorizationDetailsForAccessToken: (
      _ctx: KoaContextWithOIDC,
      _token: unknown,
      source?: { readonly rar?: AuthorizationDetail[] | undefined },
    ) => source?.rar,
    authorizationDetailsForIntrospection: (
      _ctx: KoaContextWithOIDC,
      token: { readonly rar?: AuthorizationDetail[] | undefined },
    ) => token.rar,
  }
}

function validator(schema: z.ZodType) {
  return (
    ctx: KoaContextWithOIDC,
    detail: AuthorizationDetail,
    client: {
      readonly authorizationDetailsTypes?: readonly string[] | undefined
      readonly clientAuthMethod?: string | undefined
    },
  ): void => {
    // Attack: the user changes amount or payee in the address on the way (ASVS 10.4.15). Who can
    // prove to be the client sends details to us itself, or signs them.
    const isOpen = ctx.oidc.route === 'authorization' && !isFromClient(ctx)
    if (isOpen && client.clientAuthMethod !== 'none') {
      throw new errors.InvalidRequest('authorization_details must be pushed or signed')
    }
    // A client that registered no types uses none.
    const isRegistered = client.authorizationDetailsTypes?.includes(detail.type) === true
    if (!isRegistered || !schema.safeParse(detail).success) {
      throw new errors.InvalidAuthorizationDetails('authorization details are not acceptable')
    }
  }
}

/** Named by the engine when they came from a pushed or signed request. */
function isFromClient({ oidc }: KoaContextWithOIDC): boolean {
  return oidc.trusted?.includes('authorization_details') === true
}

function detailsIn(ctx: KoaContextWithOIDC): AuthorizationDetail[] | undefined {
  const asked = ctx.oidc.params?.['authorization_details']
  return typeof asked === 'string' ? (JSON.parse(asked) as AuthorizationDetail[]) : undefined
}
