export const otpSetup = {
  totp: {
    title: 'Set up your authenticator app',
    lead: 'Open the app, add an account, and scan this code.',
    qrCode: 'QR code for your authenticator app',
    manualLead: 'Type this key into the app instead:',
    code: 'Code that the app shows',
    againTitle: 'Confirm your authenticator app',
    againLead: 'Enter the six digits that the app shows for the account that you just added.',
  },
  hotp: {
    title: 'Set up your token',
    lead: 'Put this key into your token, then press its button for a first code.',
    qrCode: 'QR code for your token',
    manualLead: 'Enter this key into the token, with the counter 0:',
    code: 'Code that the token shows',
    againTitle: 'Confirm your token',
    againLead: 'Press the button of the token, and enter the six digits that it shows.',
  },
}
