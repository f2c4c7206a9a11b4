import { defineErrors } from '../../kernel/index.ts'

export const sessionErrors = defineErrors({
  session_not_found: {
    status: 404,
    title: 'Session not found',
    help: 'Use an id from the list of your own sessions.',
  },
})
