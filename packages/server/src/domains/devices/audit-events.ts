export const deviceAuditEvents = {
  'device.added': 'A user signed in on a device that was not known for them.',
  'device.trusted': 'A user chose to go without the second factor on this device for a while.',
  'device.trust_ended':
    'Devices of a user are trusted no more, because a credential changed (`reason`).',
  'device.removed': 'A device was forgotten; its trust and its sessions ended with it.',
  'device.removal_refused': 'Somebody tried to remove a device that is not there.',
} as const
