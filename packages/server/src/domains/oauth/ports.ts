/**
 * What the pages of the OAuth endpoints are given. Every function returns a whole document. Forms
 * post to `action` as `application/x-www-form-urlencoded`; every entry of `hidden` becomes a hidden
 * field.
 */
export interface OAuthPageFrame {
  readonly tenant: {
    readonly slug: string
    /** Name of the tenant as its users know it. */
    readonly name: string
    /** `/t/{tenant}`, or empty for the default tenant. */
    readonly prefix: string
  }
  /** BCP 47 tags in the order of preference: `ui_locales`, the user's own, `Accept-Language`. */
  readonly locales: readonly string[]
}

/** Who asks. Texts come from the client's registration: they are not to be trusted, only shown. */
export interface ClientOnPage {
  readonly id: string
  readonly name: string
  readonly uri: string | undefined
  readonly policyUri: string | undefined
  readonly tosUri: string | undefined
  /** Host that the browser goes to afterwards. */
  readonly redirectHost: string | undefined
}

export interface FormOnPage {
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
}

export interface UserOnPage {
  readonly email: string
  readonly displayName: string | undefined
}

/** RFC 9396; `type` decides how to show it, unknown types are shown member by member. */
export interface AuthorizationDetailOnPage {
  readonly type: string
  readonly [member: string]: unknown
}

/** Buttons: `name="decision"` with the value `allow` or `deny`. */
export interface ConsentPageProps extends OAuthPageFrame {
  readonly client: ClientOnPage
  readonly user: UserOnPage
  readonly form: FormOnPage
  /** Newly asked for; already granted scopes stand in `grantedScopes`. */
  readonly scopes: readonly string[]
  readonly grantedScopes: readonly string[]
  /** Claims asked for by name (OIDC `claims` parameter). */
  readonly claims: readonly string[]
  /** By resource server: its identifier and the scopes. */
  readonly resources: readonly { readonly resource: string; readonly scopes: readonly string[] }[]
  readonly authorizationDetails: readonly AuthorizationDetailOnPage[]
  /** Sign-in page that lets the user choose another account. */
  readonly switchAccountUrl: string
}

/** One field `name="user_code"`, and a button. */
export interface DeviceCodePageProps extends OAuthPageFrame {
  readonly form: FormOnPage
  /** What the user typed or the link carried. */
  readonly userCode: string | undefined
  readonly error: 'not_found' | 'expired' | 'already_used' | 'no_code' | 'aborted' | undefined
}

/** Buttons: one without a name that confirms, and `name="abort"` with the value `yes`. */
export interface DeviceConfirmPageProps extends OAuthPageFrame {
  readonly client: ClientOnPage
  readonly form: FormOnPage
  readonly userCode: string
  readonly device: {
    readonly ip: string | undefined
    /** Roughly where that address is; undefined where no places are known. */
    readonly place: string | undefined
    readonly userAgent: string | undefined
    /** When the device asked for its code. */
    readonly askedAt: Date | undefined
  }
}

export interface DeviceDonePageProps extends OAuthPageFrame {
  readonly client: ClientOnPage
}

/** Buttons: `name="logout"` with the value `yes`, and one without a name that stays signed in. */
export interface LogoutPageProps extends OAuthPageFrame {
  readonly client: ClientOnPage | undefined
  readonly form: FormOnPage
}

export interface LoggedOutPageProps extends OAuthPageFrame {
  readonly client: ClientOnPage | undefined
  readonly signInUrl: string
}

export interface OAuthErrorPageProps extends OAuthPageFrame {
  readonly requestId: string
  /** Registered OAuth error code. */
  readonly title: string
  readonly detail: string | undefined
}

/**
 * After a form post: a page that goes on to `url` by meta refresh and a link, because Chromium
 * applies `form-action` to every redirect that follows a form.
 */
export interface ContinuePageProps extends OAuthPageFrame {
  readonly url: string
}

/**
 * OAuth 2.0 Form Post Response Mode: one button that posts the answer to the client. The policy of
 * the page lets its form go there only.
 */
export interface PostToPageProps extends OAuthPageFrame {
  readonly client: ClientOnPage | undefined
  readonly form: FormOnPage
}

/** The pages of the hosted user interface; composition joins them. */
export interface OAuthPages {
  consent(props: ConsentPageProps): string
  deviceCode(props: DeviceCodePageProps): string
  deviceConfirm(props: DeviceConfirmPageProps): string
  deviceDone(props: DeviceDonePageProps): string
  logout(props: LogoutPageProps): string
  loggedOut(props: LoggedOutPageProps): string
  error(props: OAuthErrorPageProps): string
  continueTo(props: ContinuePageProps): string
  postTo(props: PostToPageProps): string
}
