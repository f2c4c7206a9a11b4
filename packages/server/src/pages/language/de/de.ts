import { account } from './account.ts'
import { activities } from './activities.ts'
import { factors } from './factors.ts'
import { frame } from './frame.ts'
import { links } from './links.ts'
import { mail } from './mail.ts'
import { oauth } from './oauth.ts'
import { otpSetup } from './otp-setup.ts'
import { problems } from './problems.ts'
import { signIn } from './sign-in.ts'

export const de = {
  account,
  activities,
  factors,
  frame,
  links,
  mail,
  oauth,
  otpSetup,
  problems,
  signIn,
}
