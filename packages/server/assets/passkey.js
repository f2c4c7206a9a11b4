// Passkeys: asks the authenticator, puts its answer into a form, and sends that. Without words.

/** @typedef {{ challenge_id: string, options: PublicKeyCredentialRequestOptionsJSON }} Offer */

const signIn = formWith('passkey-sign-in')
const assertion = formWith('passkey-assertion')
const registration = formWith('passkey-registration')
/** Ends the autofill that waits when a button asks for a passkey. */
let waiting = new AbortController()

if ('PublicKeyCredential' in globalThis) {
  if (signIn !== null) void offerSignIn(signIn)
  if (assertion !== null) offer(assertion, () => answer(assertion), true)
  if (registration !== null) offer(registration, () => register(registration), true)
}

/** @param {HTMLFormElement} form */
async function offerSignIn(form) {
  offer(form, () => discover(form, undefined), false)
  const canWait = await PublicKeyCredential.isConditionalMediationAvailable?.()
  if (canWait === true) await discover(form, 'conditional')
}

/**
 * Autofill waits in silence; a button asks at once.
 * @param {HTMLFormElement} form
 * @param {CredentialMediationRequirement | undefined} mediation
 */
async function discover(form, mediation) {
  waiting.abort()
  waiting = new AbortController()
  const { signal } = waiting
  try {
    const response = await fetch(form.dataset.offer ?? '', { method: 'POST' })
    if (!response.ok) throw new Error(String(response.status))
    /** @type {Offer} */
    const { challenge_id, options } = await response.json()
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
    const credential = await navigator.credentials.get({
      publicKey,
      signal,
      ...(mediation === undefined ? {} : { mediation }),
    })
    send(form, { challenge_id, response: credential })
  } catch {
    if (mediation === undefined && !signal.aborted) failed(form)
  }
}

/** @param {HTMLFormElement} form */
async function answer(form) {
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(optionsOf(form))
    send(form, { response: await navigator.credentials.get({ publicKey }) })
  } catch {
    failed(form)
  }
}

/** @param {HTMLFormElement} form */
async function register(form) {
  try {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(optionsOf(form))
    send(form, { response: await navigator.credentials.create({ publicKey }) })
  } catch {
    failed(form)
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {() => Promise<void>} ask
 * @param {boolean} atOnce
 */
function offer(form, ask, atOnce) {
  form.hidden = false
  form.addEventListener('submit', (event) => {
    if (field(form, 'response').value !== '') return
    event.preventDefault()
    // Another listener must not take the form for sent.
    event.stopImmediatePropagation()
    void ask()
  })
  if (atOnce) void ask()
}

/**
 * @param {HTMLFormElement} form
 * @param {{ challenge_id?: string, response: Credential | null }} values
 */
function send(form, { challenge_id, response }) {
  if (!(response instanceof PublicKeyCredential)) throw new Error('no public key credential')
  if (challenge_id !== undefined) field(form, 'challenge_id').value = challenge_id
  field(form, 'response').value = JSON.stringify(response.toJSON())
  form.requestSubmit()
}

/** @param {HTMLFormElement} form */
function failed(form) {
  const alert = form.querySelector('[data-failed]')
  if (!(alert instanceof HTMLElement)) return
  alert.hidden = false
  alert.focus()
}

/** @param {HTMLFormElement} form */
function optionsOf(form) {
  return JSON.parse(form.dataset.options ?? '')
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 * @returns {HTMLInputElement}
 */
function field(form, name) {
  const found = form.elements.namedItem(name)
  if (found instanceof HTMLInputElement) return found
  throw new Error(`the form has no ${name}`)
}

/** @param {string} id @returns {HTMLFormElement | null} */
function formWith(id) {
  const found = document.getElementById(id)
  return found instanceof HTMLFormElement ? found : null
}
