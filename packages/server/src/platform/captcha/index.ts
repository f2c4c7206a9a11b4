export { type AltchaOptions, createAltchaProvider } from './altcha-provider.ts'
export { type CaptchaCheck, createCaptchaCheck } from './captcha-check.ts'
export {
  CAPTCHA_PURPOSES,
  type CaptchaChallenge,
  type CaptchaProvider,
  type CaptchaPurpose,
} from './captcha-provider.ts'
export { captchaChallengeSchema, captchaPayloadSchema, presentCaptcha } from './captcha-schema.ts'
export { errors as captchaErrors } from './errors.ts'
export { createSiteverifyProvider, type SiteverifyOptions } from './siteverify-provider.ts'
