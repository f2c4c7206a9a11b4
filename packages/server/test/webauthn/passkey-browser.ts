import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CDPSession, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'

/** Options as the API answers them. */
export type Options = Record<string, unknown>

/** A credential as its `toJSON()` gives it. */
export interface CredentialJson {
  readonly id: string
  readonly rawId: string
  readonly type: string
  readonly response: Record<string, unknown>
}

export interface StoredCredential {
  readonly credentialId: string
  readonly isResidentCredential: boolean
  readonly rpId?: string
  readonly privateKey: string
  readonly userHandle?: string
  readonly signCount: number
  readonly backupEligibility?: boolean
}

export interface AuthenticatorOptions {
  readonly hasResidentKey?: boolean
  readonly hasUserVerification?: boolean
  readonly isBackupEligible?: boolean
}

/** What pages have and Node has not. */
declare const PublicKeyCredential: {
  parseCreationOptionsFromJSON(json: Options): object
  parseRequestOptionsFromJSON(json: Options): object
}
type Ceremony = (options: { publicKey: object }) => Promise<{ toJSON(): CredentialJson }>
type WebAuthnNavigator = Navigator & {
  readonly credentials: { readonly create: Ceremony; readonly get: Ceremony }
}

/** A page in a real Chromium with authenticators that do not need a hand. */
export class PasskeyBrowser {
  readonly #page: Page
  readonly #cdp: CDPSession
  readonly #close: () => Promise<void>
  #authenticatorId: string | undefined

  private constructor(page: Page, cdp: CDPSession, close: () => Promise<void>) {
    this.#page = page
    this.#cdp = cdp
    this.#close = close
  }

  static async open(): Promise<PasskeyBrowser> {
    const { context, close } = await launchChromium()
    const page = await context.newPage()
    const cdp = await context.newCDPSession(page)
    await cdp.send('WebAuthn.enable')
    return new PasskeyBrowser(page, cdp, close)
  }

  close(): Promise<void> {
    return this.#close()
  }

  async visit(url: string): Promise<void> {
    await this.#page.goto(url)
  }

  /** Puts another authenticator in the place of the present one: an empty one. */
  async useAuthenticator({
    hasResidentKey = true,
    hasUserVerification = true,
    isBackupEligible = false,
  }: AuthenticatorOptions = {}): Promise<void> {
    const before = this.#authenticatorId
    if (before !== undefined) {
      await this.#cdp.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: before })
    }
    const { authenticatorId } = await this.#cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport: hasUserVerification ? 'internal' : 'usb',
        hasResidentKey,
        hasUserVerification,
        isUserVerified: hasUserVerification,
        automaticPresenceSimulation: true,
        defaultBackupEligibility: isBackupEligible,
        defaultBackupState: isBackupEligible,
      },
    })
    this.#authenticatorId = authenticatorId
  }

  async setUserVerified(isUserVerified: boolean): Promise<void> {
    const authenticatorId = this.#authenticator()
    await this.#cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
  }

  async storedCredentials(): Promise<readonly StoredCredential[]> {
    const authenticatorId = this.#authenticator()
    const { credentials } = await this.#cdp.send('WebAuthn.getCredentials', { authenticatorId })
    return credentials
  }

  /** What somebody does who copied the key: the same credential with another counter. */
  async replaceCredential(credential: StoredCredential): Promise<void> {
    const authenticatorId = this.#authenticator()
    const { credentialId } = credential
    await this.#cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
    await this.addCredential(credential)
  }

  async addCredential(credential: StoredCredential): Promise<void> {
    const authenticatorId = this.#authenticator()
    await this.#cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
  }

  /** `navigator.credentials.create` in the page. */
  create(options: Options): Promise<CredentialJson> {
    return this.#page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json)
      return (await (navigator as WebAuthnNavigator).credentials.create({ publicKey })).toJSON()
    }, options)
  }

  /** `navigator.credentials.get` in the page. */
  get(options: Options): Promise<CredentialJson> {
    return this.#page.evaluate(async (json) => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json)
      return (await (navigator as WebAuthnNavigator).credentials.get({ publicKey })).toJSON()
    }, options)
  }

  #authenticator(): string {
    if (this.#authenticatorId === undefined) throw new Error('there is no authenticator yet')
    return this.#authenticatorId
  }
}

/** An empty page somewhere else: another origin. */
export async function serveForeignPage(): Promise<{ port: number; server: Server }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>elsewhere</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, server }
}
