import { defineErrors } from '../../kernel/index.ts'

export const accessErrors = defineErrors({
  permission_denied: {
    status: 403,
    title: 'Permission denied',
    help: 'Ask an administrator of the tenant for a role that contains the permission.',
  },
  role_exceeds_own_permissions: {
    status: 403,
    title: 'The role has more permissions than you have',
    help: 'Nobody can give or take more than they have themselves; ask a fuller administrator.',
  },
  user_exceeds_own_permissions: {
    status: 403,
    title: 'The user has more permissions than you have',
    help: 'Nobody changes what belongs to somebody above them: status, password, sessions, devices, applications, roles. Ask a fuller administrator.',
  },
  role_not_found: {
    status: 404,
    title: 'Role not found',
    help: 'List the roles of the tenant; `operator` exists in the `system` tenant only.',
  },
  role_not_assigned: {
    status: 404,
    title: 'The user does not have this role',
    help: 'Check the user and the name of the role; nothing was changed.',
  },
  role_name_reserved: {
    status: 409,
    title: 'This name belongs to a built-in role',
    help: 'Choose another name: built-in roles are part of the product, and can be neither replaced nor changed nor deleted.',
  },
  role_exists: {
    status: 409,
    title: 'The tenant has a role of this name',
    help: 'Change it with PATCH, or choose another name.',
  },
  permission_unknown: {
    status: 422,
    title: 'A permission of the role does not exist',
    help: 'Use a permission of the reference, or a name of your own that starts with `app:`.',
  },
  // Declared here, because the assignment of a role is the lowest place that names a user.
  user_not_found: {
    status: 404,
    title: 'User not found',
    help: 'Check the id; users of other tenants look like users that do not exist.',
  },
})
