// Comfort on pages that work without it. All words are in the pages; this file has none.

takeToken()
for (const button of all('[data-reveal]', HTMLButtonElement)) enableReveal(button)
for (const meter of all('[data-meter]', HTMLMeterElement)) enableMeter(meter)
for (const field of all('input[data-digits]', HTMLInputElement)) enableSelfSubmit(field)
for (const form of document.forms) form.addEventListener('submit', markRunning)
addEventListener('pageshow', forgetRunning)
addEventListener('hashchange', takeToken)
for (const form of all('form[data-send-at-once]', HTMLFormElement)) form.requestSubmit()

/**
 * The token of a link stands in the fragment, which reaches no server and no log. It moves into the
 * form, and nothing is sent before a person's click: scanners of mail open links and run scripts.
 */
function takeToken() {
  const field = document.querySelector('[data-token-field] input')
  const fragment = location.hash.slice(1)
  if (!(field instanceof HTMLInputElement) || !/^[\w.~-]{1,200}$/.test(fragment)) return
  // Attack: the address stays in the history and on a shared screen.
  history.replaceState(null, '', location.pathname + location.search)
  field.value = fragment
  field.closest('[data-token-field]')?.setAttribute('hidden', '')
}

/** @param {HTMLButtonElement} button */
function enableReveal(button) {
  const input = document.getElementById(button.dataset.reveal ?? '')
  if (!(input instanceof HTMLInputElement)) return
  const { shownLabel = '' } = button.dataset
  const hiddenLabel = button.ariaLabel
  button.hidden = false
  /** @param {boolean} isShown */
  const show = (isShown) => {
    input.type = isShown ? 'text' : 'password'
    button.toggleAttribute('data-shown', isShown)
    button.ariaLabel = isShown ? shownLabel : hiddenLabel
  }
  button.addEventListener('click', () => show(input.type === 'password'))
  // A field that shows its text would be remembered as text by the browser.
  input.form?.addEventListener('submit', () => show(false))
}

/** @param {HTMLMeterElement} meter */
function enableMeter(meter) {
  const input = document.getElementById(meter.dataset.meter ?? '')
  if (!(input instanceof HTMLInputElement)) return
  meter.hidden = false
  input.addEventListener('input', () => {
    const length = Array.from(input.value).length
    meter.value = length
    meter.classList.toggle('enough', length >= meter.max)
  })
}

/** @param {HTMLInputElement} field */
function enableSelfSubmit(field) {
  const digits = Number(field.dataset.digits)
  field.addEventListener('input', () => {
    const typed = field.value.replaceAll(/\s/g, '')
    if (typed.length === digits && /^[0-9]+$/.test(typed)) field.form?.requestSubmit()
  })
}

/** A form that was sent twice would use its single-use value up twice. @param {SubmitEvent} event */
function markRunning(event) {
  const form = event.currentTarget
  if (!(form instanceof HTMLFormElement)) return
  if (form.dataset.running !== undefined) return event.preventDefault()
  form.dataset.running = ''
  for (const button of form.querySelectorAll('[type="submit"]')) {
    button.setAttribute('aria-disabled', 'true')
  }
}

/** The page is back from the history: its forms can be sent again. */
function forgetRunning() {
  for (const form of document.forms) {
    delete form.dataset.running
    for (const button of form.querySelectorAll('[type="submit"]')) {
      button.removeAttribute('aria-disabled')
    }
  }
}

/**
 * @template {HTMLElement} T
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T[]}
 */
function all(selector, kind) {
  /** @type {T[]} */
  const found = []
  for (const element of document.querySelectorAll(selector)) {
    if (element instanceof kind) found.push(element)
  }
  return found
}
