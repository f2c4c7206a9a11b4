import { z } from 'zod'
import { minutes } from '../../kernel/index.ts'
import {
  CAPTCHA_PURPOSES,
  captchaChallengeSchema,
  presentCaptcha,
} from '../../platform/captcha/index.ts'
import { defineRoute } from '../../platform/http/index.ts'
import type { SignInRouteServices } from './route-services.ts'

/** For forms that must come with a solved challenge. */
export const captchaRoute = ({ signIn }: SignInRouteServices) =>
  defineRoute({
    id: 'getCaptcha',
    method: 'GET',
    path: '/api/auth/captcha',
    tag: 'Account',
    summary: 'Get a challenge to solve',
    description:
      'Its solution is sent as `captcha` and works once, for this tenant and purpose, within ten minutes. It is demanded where the tenant wants it: by `status: "captcha_required"` at sign-in, by `captcha_required` elsewhere.',
    auth: { kind: 'public', reason: 'needed to sign in; says nothing about accounts' },
    audit: { none: 'nothing is stored, and nothing is decided' },
    rateLimit: { limit: 60, window: minutes(1), by: 'source' },
    query: z.strictObject({ purpose: z.enum(CAPTCHA_PURPOSES).default('sign_in') }),
    responses: { 200: { description: 'The challenge', schema: captchaChallengeSchema } },
    errors: [],
    handler: async (context, { query: { purpose } }) => ({
      status: 200,
      body: presentCaptcha(await signIn.captchaFor(context, purpose)),
    }),
  })
