// Solves the puzzle of a form while somebody fills it in. All words are in the page.
// Without a worker: WebCrypto computes beside the page, so that it stays usable.

/**
 * @typedef {{ nonce: string, salt: string, keyPrefix: string, cost: number, keyLength: number }} Task
 * @typedef {{ parameters: Task & Record<string, unknown>, signature: string }} Challenge
 */

/** Tries that are needed on average. */
const USUAL_TRIES = 256
/** Computed side by side; more would only wait for each other. */
const AT_ONCE = 4

for (const part of document.querySelectorAll('[data-captcha]')) {
  const form = part.closest('form')
  if (part instanceof HTMLElement && form !== null) enable(form, part)
}
// The page is back from the history, and its solution is used up.
addEventListener('pageshow', ({ persisted }) => {
  if (persisted && document.querySelector('[data-captcha]') !== null) location.reload()
})

/** @param {HTMLFormElement} form @param {HTMLElement} part */
function enable(form, part) {
  /** @type {HTMLElement | null | undefined} */
  let waiting
  const solved = solve(part).then(
    (payload) => {
      field(form).value = payload
      part.querySelector('[data-running]')?.setAttribute('hidden', '')
      if (waiting !== undefined) form.requestSubmit(waiting)
    },
    () => {
      part.querySelector('[data-running]')?.setAttribute('hidden', '')
      const failed = part.querySelector('[data-failed]')
      if (!(failed instanceof HTMLElement)) return
      failed.hidden = false
      failed.focus()
    },
  )
  form.addEventListener('submit', (event) => {
    if (field(form).value !== '') return
    event.preventDefault()
    // Another listener must not take the form for sent.
    event.stopImmediatePropagation()
    waiting = event.submitter
    part.querySelector('[data-running]')?.removeAttribute('hidden')
    void solved
  })
}

/** @param {HTMLElement} part @returns {Promise<string>} */
async function solve(part) {
  /** @type {Challenge} */
  const challenge = JSON.parse(part.dataset.captcha ?? '')
  const { nonce, salt, keyPrefix } = challenge.parameters
  const progress = part.querySelector('progress')
  const bytes = fromHex(nonce)
  for (let first = 0; ; first += AT_ONCE) {
    const tries = Array.from({ length: AT_ONCE }, (_, index) => first + index)
    const keys = await Promise.all(
      tries.map((counter) =>
        derive(challenge.parameters, fromHex(salt), withCounter(bytes, counter)),
      ),
    )
    const found = keys.findIndex((key) => key.startsWith(keyPrefix))
    // Nobody knows how many are left: it never stands still, and never promises an end.
    if (progress !== null) progress.value = first / (first + USUAL_TRIES)
    if (found === -1) continue
    const solution = { counter: first + found, derivedKey: keys[found] }
    return btoa(JSON.stringify({ challenge, solution }))
  }
}

/**
 * @param {Task} task
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {Uint8Array<ArrayBuffer>} password
 */
async function derive({ cost, keyLength }, salt, password) {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', iterations: cost, salt }
  const bits = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, keyLength * 8))
  return Array.from(bits, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** @param {Uint8Array<ArrayBuffer>} nonce @param {number} counter */
function withCounter(nonce, counter) {
  const password = new Uint8Array(nonce.length + 4)
  password.set(nonce)
  new DataView(password.buffer).setUint32(nonce.length, counter)
  return password
}

/** @param {string} text */
function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}

/** @param {HTMLFormElement} form */
function field(form) {
  const found = form.elements.namedItem('captcha')
  if (found instanceof HTMLInputElement) return found
  throw new Error('the form has no captcha')
}
