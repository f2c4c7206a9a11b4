import { redemptionSchema, tokenBodySchema } from '../../domains/identity/index.ts'
import type { Secret } from '../../kernel/index.ts'
import { httpErrors, type PageReply } from '../../platform/http/index.ts'
import type { Texts } from '../language/texts.ts'
import type { OpenPage } from '../open-page.ts'
import { signInWith } from '../sign-in/email-sign-in-pages.ts'

/** What a link in a message is for. */
export interface LinkTask {
  /** Last segment of the address, as the message has it. */
  readonly path: `/${string}`
  readonly choosesPassword: boolean
  words(texts: Texts): LinkWords
  /**
   * @returns where to go on; undefined: it is done
   * @throws token_invalid, invalid_email_sign_in, and what a password may be refused with
   */
  redeem(page: OpenPage): Promise<PageReply | undefined>
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
      await services.identity.verifyEmail(visit.context, tokenOf(visit))
      return undefined
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
      return undefined
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
      return undefined
    },
  },
  {
    path: '/magic-link',
    choosesPassword: false,
    words: ({ links }) => ({
      title: links.magicTitle,
      lead: links.magicLead,
      button: links.magicButton,
      doneTitle: links.magicTitle,
      doneLead: links.magicLead,
      newLink: links.magicNewLink,
    }),
    redeem: (page) => signInWith(page, 'link', tokenOf(page.visit)),
  },
  {
    path: '/unlock',
    choosesPassword: false,
    words: ({ links }) => ({
      title: links.unlockTitle,
      lead: links.unlockLead,
      button: links.unlockButton,
      doneTitle: links.unlockDoneTitle,
      doneLead: links.unlockDoneLead,
      newLink: links.unlockNewLink,
    }),
    redeem: async ({ services, visit }) => {
      await services.identity.unlock(visit.context, tokenOf(visit))
      return undefined
    },
  },
  {
    path: '/confirm-email',
    choosesPassword: false,
    words: ({ links }) => ({
      title: links.confirmEmailTitle,
      lead: links.confirmEmailLead,
      button: links.confirmEmailButton,
      doneTitle: links.confirmEmailDoneTitle,
      doneLead: links.confirmEmailDoneLead,
      newLink: links.confirmEmailNewLink,
    }),
    redeem: async ({ services, visit }) => {
      await services.identity.confirmEmailChange(visit.context, tokenOf(visit))
      return undefined
    },
  },
  {
    path: '/undo-email',
    choosesPassword: false,
    words: ({ links }) => ({
      title: links.undoEmailTitle,
      lead: links.undoEmailLead,
      button: links.undoEmailButton,
      doneTitle: links.undoEmailDoneTitle,
      doneLead: links.undoEmailDoneLead,
      newLink: links.undoEmailNewLink,
    }),
    redeem: async ({ services, visit }) => {
      await services.identity.undoEmailChange(visit.context, tokenOf(visit))
      return undefined
    },
  },
]

function tokenOf({ form }: OpenPage['visit']): Secret<string> {
  const parsed = tokenBodySchema.safeParse({ token: form['token'] })
  if (!parsed.success) throw httpErrors.invalid_request()
  return parsed.data.token
}

function redemptionOf({ visit }: OpenPage) {
  const { token, password } = visit.form
  const parsed = redemptionSchema.safeParse({ token, password })
  if (!parsed.success) throw httpErrors.invalid_request()
  return parsed.data
}
