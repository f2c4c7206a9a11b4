import type { Config, SmsConfig } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import type { SettingValues } from './settings.ts'

/** In development messages lie in the mailbox, where there is one. */
export function buildSms(values: SettingValues, mode: Config['mode']): SmsConfig {
  const url = values['sms.url']
  if (url !== undefined) {
    return {
      kind: 'http',
      url,
      authorization: values['sms.authorization'],
      format: values['sms.format'],
      body: values['sms.body'],
    }
  }
  const hasMailbox = mode === 'development' && values['mail.smtpUrl'] === undefined
  return { kind: hasMailbox ? 'mailbox' : 'off' }
}

export function checkSmsBody(values: SettingValues, problems: ConfigProblem[]): void {
  if (values['sms.url'] === undefined || values['sms.format'] !== 'json') return
  if (isJson(values['sms.body'])) return
  problems.push({
    setting: 'sms.body',
    what: 'the body of the request is no JSON, although its format is `json`',
    fix: 'correct COUNTERSIGN_SMS_BODY, or set COUNTERSIGN_SMS_FORMAT to `form`',
    unsafe: false,
  })
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
