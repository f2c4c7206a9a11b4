/** Ends the transaction of a step with nothing changed; becomes the refusal outside of it. */
export class StepRefused extends Error {
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.name = 'StepRefused'
    this.reason = reason
  }
}
