/** The classes of the engine that grants of our own make tokens with. */
export interface IssuedTokenModels {
  readonly AccessToken: new (
    properties: object,
  ) => {
    resourceServer: unknown
    readonly expiration: number
    save(): Promise<string>
  }
  readonly ResourceServer: new (identifier: string, properties: object) => unknown
}
