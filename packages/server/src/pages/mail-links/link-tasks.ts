import { redemptionSchema, tokenBodySchema } from '../../domains/identity/index.ts'
import { httpErrors } from '../../platform/http/index.ts'
import type { Texts } from '../language/texts.ts'
import type { OpenPage } from '../open-page.ts'

/** What a link in a message is for. */
export interface LinkTask {
  /** Last segment of the address, as the message has it. */
  readonly path: '/verify-email' | '/reset-password' | '/invitation'
  readonly choosesPassword: boolean
  words(texts: Texts): LinkWords
  /** @throws token_invalid, and what a password may be refused with */
  redeem(page: OpenPage): Promise<void>
}

export interface LinkWords {
  readonly title: string
  readonly lead: string
  readonly button: string
  readonly doneTitle: string
  readonly doneLead: string
  /** What to do when the link is used, expired, replaced or incomplete. */
  readonly newLink: string
}

export const linkTasks: readonly LinkTask[] = [
  {
    path: '/verify-email',
    choosesPassword: false,
    words: ({ links }) => ({
      title: links.verifyTitle,
      lead: links.verifyLead,
      button: links.verifyButton,
      doneTitle: links.verifyDoneTitle,
      doneLead: links.verifyDoneLead,
      newLink: links.verifyNewLink,
    }),
    redeem: async ({ services, visit }) => {
      const parsed = tokenBodySchema.safeParse({ token: visit.form['token'] })
      if (!parsed.success) throw httpErrors.invalid_request()
      await services.identity.verifyEmail(visit.context, parsed.data.token)
    },
  },
  {
    path: '/reset-password',
    choosesPassword: true,
    words: ({ links }) => ({
      title: links.resetTitle,
      lead: links.resetLead,
      button: links.resetButton,
      doneTitle: links.resetDoneTitle,
      doneLead: links.resetDoneLead,
      newLink: links.resetNewLink,
    }),
    redeem: async (page) => {
      await page.services.identity.resetPassword(page.visit.context, redemptionOf(page))
    },
  },
  {
    path: '/invitation',
    choosesPassword: true,
    words: ({ links }) => ({
      title: links.inviteTitle,
      lead: links.inviteLead,
      button: links.inviteButton,
      doneTitle: links.inviteDoneTitle,
      doneLead: links.inviteDoneLead,
      newLink: links.inviteNewLink,
    }),
    redeem: async (page) => {
      await page.services.identity.acceptInvitation(page.visit.context, redemptionOf(page))
    },
  },
]

function redemptionOf({ visit }: OpenPage) {
  const { token, password } = visit.form
  const parsed = redemptionSchema.safeParse({ token, password })
  if (!parsed.success) throw httpErrors.invalid_request()
  return parsed.data
}
