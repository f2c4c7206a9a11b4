export const smsAuditEvents = {
  'sms.code_sent': 'A code was counted and queued for the phone number of a user.',
  'sms.code_refused':
    'A code was not sent: a limit, the country, or SMS are switched off. `reason` says which.',
} as const
