import { minutes } from '../../kernel/index.ts'
import { defineRoute } from '../../platform/http/index.ts'
import { passwordHashingErrors } from '../../platform/password-hashing/index.ts'
import { identityErrors, passwordPolicyErrors } from '../identity/index.ts'
import { keyErrors } from '../keys/index.ts'
import { signInErrors } from './errors.ts'
import { replyWithStep } from './reply-with-step.ts'
import type { SignInRouteServices } from './route-services.ts'
import { passwordChangeSchema, signInStepSchema } from './schema.ts'

/** The last step of a sign-in whose password must be replaced. */
export const passwordChangeRoute = ({ signIn, csrfTokenOf }: SignInRouteServices) =>
  defineRoute({
    id: 'changeRequiredPassword',
    method: 'POST',
    path: '/api/auth/password/change-required',
    tag: 'Account',
    summary: 'Replace the password that a sign-in demands to be replaced',
    description:
      'For `status: "password_change_required"`, which comes after every factor. The challenge lives fifteen minutes, takes ten passwords, and one of them completes the sign-in. Every other session of the user ends.',
    auth: { kind: 'public', reason: 'the challenge stands for every factor that was proven' },
    audit: {
      events: [
        'user.password_changed',
        'session.started',
        'sign_in.challenged',
        'sign_in.refused',
        'user.breach_check_unavailable',
      ],
    },
    rateLimit: { limit: 30, window: minutes(1), by: 'source' },
    body: passwordChangeSchema,
    responses: { 200: { description: 'Signed in', schema: signInStepSchema } },
    errors: [
      signInErrors.invalid_challenge_response,
      ...passwordPolicyErrors,
      identityErrors.password_reused,
      passwordHashingErrors.overloaded,
      keyErrors.signing_key_unavailable,
    ],
    handler: async (context, { body: { challenge, new_password: newPassword } }) =>
      replyWithStep(await signIn.changePassword(context, { challenge, newPassword }), csrfTokenOf),
  })
