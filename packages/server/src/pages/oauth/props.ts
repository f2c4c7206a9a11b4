/** What the pages of the OAuth endpoints are given, and the functions that render them. */
export type {
  AuthorizationDetailOnPage,
  ClientOnPage,
  ConsentPageProps,
  ContinuePageProps,
  DeviceCodePageProps,
  DeviceConfirmPageProps,
  DeviceDonePageProps,
  FormOnPage,
  LoggedOutPageProps,
  LogoutPageProps,
  OAuthErrorPageProps,
  OAuthPageFrame,
  OAuthPages,
  UserOnPage,
} from '../../domains/oauth/index.ts'
