export const sharedSignalAuditEvents = {
  'signal_stream.created': 'A client began to receive security events.',
  'signal_stream.updated': 'A client changed which security events it receives, or where.',
  'signal_stream.deleted': 'A stream of security events was deleted, with what waited on it.',
  'signal_stream.status_changed':
    'A stream was enabled, paused or disabled: by its receiver, by an administrator, or because it failed for long (`by`, `reason`).',
  'signal_stream.verification_requested': 'A receiver asked for a verification event.',
  'signal_subject.added': 'A receiver wants to hear of a user again.',
  'signal_subject.removed': 'A receiver does not want to hear of a user any more.',
  'signal_event.refused':
    'A receiver had no use for a security event, which is not sent again; `error` says why.',
  'signal_receiver.updated':
    'An administrator changed whether a client hears of all users, or of those who signed in to it.',
} as const
