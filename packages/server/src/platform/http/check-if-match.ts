import { httpErrors } from './http-errors.ts'

/**
 * Call it in the transaction of the change, with what is locked there. Attack: two administrators
 * change the same thing, and the later one undoes, unseen, what the first one closed.
 * @param ifMatch what the request asks for; undefined: anything
 * @throws precondition_failed
 */
export function checkIfMatch(ifMatch: readonly string[] | undefined, entityTag: string): void {
  if (ifMatch !== undefined && !ifMatch.includes(entityTag)) throw httpErrors.precondition_failed()
}
