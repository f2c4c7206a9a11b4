/** Where the engine listens, behind `/t/{tenant}`. */
export const ROUTES = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  userinfo: '/oauth/userinfo',
  introspection: '/oauth/introspect',
  revocation: '/oauth/revoke',
  pushed_authorization_request: '/oauth/par',
  end_session: '/oauth/logout',
  device_authorization: '/oauth/device_authorization',
  code_verification: '/oauth/device',
  backchannel_authentication: '/oauth/backchannel-authentication',
  registration: '/oauth/register',
  jwks: '/jwks.json',
} as const
