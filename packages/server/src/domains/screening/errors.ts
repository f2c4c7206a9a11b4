import { defineErrors } from '../../kernel/index.ts'

export const screeningErrors = defineErrors({
  screening_hit_not_found: {
    status: 404,
    title: 'Screening hit not found',
    help: '`GET /api/admin/screening-hits` lists those of the tenant; they go with their user.',
  },
  screening_hit_decided: {
    status: 409,
    title: 'The screening hit is decided already',
    help: 'Read it again: another administrator was first. Suspend or resume the user if the decision was wrong.',
  },
})
