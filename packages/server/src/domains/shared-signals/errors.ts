import { defineErrors } from '../../kernel/index.ts'

export const sharedSignalErrors = defineErrors({
  signal_stream_not_found: {
    status: 404,
    title: 'Stream not found',
    help: 'Use a `stream_id` of your own; `GET` the configuration endpoint without one lists them.',
  },
  signal_stream_limit: {
    status: 409,
    title: 'The client has as many streams as it may have',
    help: 'Delete a stream that is not used any more, or update one.',
  },
  signal_stream_mismatch: {
    status: 400,
    title: 'A member that the transmitter sets has another value',
    help: 'Leave `iss`, `aud`, `events_supported`, `events_delivered` and the address of polling out, or send them as they were read.',
  },
  signal_stream_locked: {
    status: 403,
    title: 'An administrator disabled a stream of the client',
    help: 'Ask the administrator of the tenant to enable or delete it; until then the client can not enable, delete or create one.',
  },
  signal_stream_not_enabled: {
    status: 409,
    title: 'The stream is not enabled',
    help: 'Set its status to `enabled` first: a stream that is paused or disabled transmits nothing.',
  },
  signal_verification_too_often: {
    status: 429,
    title: 'A verification was asked for a moment ago',
    help: 'Wait for the time in `Retry-After`; `min_verification_interval` of the stream says it in seconds.',
  },
})
