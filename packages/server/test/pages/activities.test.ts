import { describe, expect, it } from 'vitest'
import { LANGUAGES } from '../../src/pages/language/languages.ts'
import { auditCatalogues } from '../support/audit-catalogues.ts'

/** What nobody is shown of the own trail, and why. */
const UNSAID: Readonly<Record<string, string>> = {
  'session.refreshed': 'a program does it, several times an hour',
  'session.refresh_repeated': 'a program does it',
  'oauth.token_issued': 'a program does it at every refresh; the consent is shown',
  'signing_key.removed': 'the server does it, for nobody',
  'signal_stream.created': 'a program of a client does it',
  'signal_stream.updated': 'a program of a client does it',
  'signal_stream.verification_requested': 'a program of a client does it',
  'signal_subject.added': 'a program of a client does it',
  'signal_subject.removed': 'a program of a client does it',
  'signal_event.refused': 'a program of a client does it',
  'screening_hit.found': 'it would tell who is compared with a list',
  'screening_hit.cleared': 'it would tell whom it is about',
  'screening_hit.confirmed': 'it would tell whom it is about',
}

describe('the activity of an account', () => {
  it.each(LANGUAGES.map((language) => [language.name, language] as const))(
    'has words in %s for every audit event, but for those that are named here',
    async (_, { texts }) => {
      const events = Object.keys(await auditCatalogues())

      expect(events.length).toBeGreaterThan(80)
      expect(Object.keys({ ...texts.activities, ...UNSAID }).sort()).toEqual(events.sort())
    },
  )
})
