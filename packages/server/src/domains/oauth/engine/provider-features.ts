import type { Configuration } from 'oidc-provider'
import { backchannelAuthentication } from './backchannel-authentication.ts'
import type { TenantRef } from '../../../kernel/index.ts'
import { hkdf } from '../../../platform/crypto/index.ts'
import { isCertificateOf } from '../clients/certificate-subject.ts'
import type { EngineServices } from './engine-services.ts'
import {
  renderDeviceCode,
  renderDeviceConfirm,
  renderDeviceDone,
  renderLoggedOut,
  renderLogout,
} from './render-engine-pages.ts'
import { richAuthorizationRequests } from './authorization-details.ts'
import { currentScope } from './request-scope.ts'
import { mayIntrospect } from './may-introspect.ts'
import { needsNonce } from './demand-nonce.ts'
import { dynamicRegistration } from './dynamic-registration.ts'
import { clientOf, defaultResource, getResourceServerInfo } from './resource-servers.ts'

/** What of the engine is on. What stands nowhere here is off. */
export function engineFeatures(
  services: EngineServices,
  tenant: Pick<TenantRef, 'id'>,
): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    externalSigningSupport: { enabled: true, ack: 'experimental-01' },
    claimsParameter: { enabled: true },
    encryption: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, { clientId, ...token }) =>
        mayIntrospect(client.clientId, {
          clientId,
          audience: 'aud' in token ? token.aud : undefined,
        }),
    },
    backchannelLogout: { enabled: true },
    ciba: backchannelAuthentication(services.database),
    registration: dynamicRegistration(),
    revocation: {
      enabled: true,
      // RFC 7009 §2.1: tokens of others stay as they are, and the answer is the same.
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    userinfo: { enabled: true },
    jwtIntrospection: { enabled: true },
    jwtResponseModes: { enabled: true },
    jwtUserinfo: { enabled: true },
    requestObjects: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    dPoP: {
      enabled: true,
      // The same on every node, and another one for each tenant.
      nonceSecret: hkdf(services.dpopNonceSecret, tenant.id),
      requireNonce: needsNonce,
    },
    fapi: {
      enabled: true,
      profile: (_ctx, client) =>
        client !== undefined && clientOf(client.clientId).profile === 'fapi2' ? '2.0' : undefined,
    },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo,
      defaultResource,
      useGrantedResource: () => true,
    },
    richAuthorizationRequests: richAuthorizationRequests(),
    mTLS: mutualTls(),
    ...pagesOf(services),
  }
}

/** What a certificate is worth was found before: see `readClientCertificate`. */
function mutualTls() {
  return {
    enabled: true,
    certificateBoundAccessTokens: true,
    selfSignedTlsClientAuth: true,
    tlsClientAuth: true,
    getCertificate: () => currentScope().clientCertificate?.x509,
    certificateAuthorized: () => currentScope().clientCertificate?.isVerified === true,
    certificateSubjectMatches: (_ctx, property, expected) => {
      const certificate = currentScope().clientCertificate?.x509
      return certificate !== undefined && isCertificateOf(certificate, property, expected)
    },
  } satisfies NonNullable<NonNullable<Configuration['features']>['mTLS']>
}

/** What people see: pages of ours in place of those of the engine. */
function pagesOf(services: EngineServices) {
  return {
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx) => renderLogout(services, ctx),
      postLogoutSuccessSource: (ctx) => renderLoggedOut(services, ctx),
    },
    deviceFlow: {
      enabled: true,
      charset: 'base-20',
      mask: '****-****',
      userCodeInputSource: (ctx, _form, _out, error) => renderDeviceCode(services, ctx, error),
      userCodeConfirmSource: (ctx, ...[, , info, userCode]) =>
        renderDeviceConfirm(services, ctx, { info, userCode }),
      successSource: (ctx) => renderDeviceDone(services, ctx),
    },
  } satisfies NonNullable<Configuration['features']>
}
