import { defineErrors } from '../../kernel/index.ts'

export const deviceErrors = defineErrors({
  device_not_found: {
    status: 404,
    title: 'Device not found',
    help: 'Use an id from the list of your own devices.',
  },
})
