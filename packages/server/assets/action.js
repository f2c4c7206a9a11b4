// Redeems the single-use token of a link. All words are in the page; this file has none.

/** @typedef {{ code: string, title?: string, detail?: string, status?: number, request_id?: string }} Problem */

const form = find('form[data-action]', HTMLFormElement)
const button = find('[type="submit"]', HTMLButtonElement)
const outcome = find('[data-outcome]', HTMLElement)
const task = find('[data-task]', HTMLElement)
const done = find('[data-done]', HTMLElement)
/** @type {HTMLInputElement | null} */
const password = form.querySelector('input#password')
const signsIn = form.dataset.signsIn !== undefined

/**
 * Held here only; the address bar, the history and the server's log never have it.
 * @type {string | undefined}
 */
let token
let isRunning = false

start()

function start() {
  takeToken()
  addEventListener('hashchange', takeToken)
  // SECURITY: nothing is sent before this. Scanners of mail open links and may run scripts, so
  // without a person's click the token would be used up before its owner sees the message.
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void redeem()
  })
  if (password === null) return
  enableReveal(password)
  void showPolicy()
}

function takeToken() {
  const fragment = location.hash.slice(1)
  // Attack: the address stays in the history and on a shared screen.
  history.replaceState(null, '', location.pathname)
  token = /^[\w.~-]{1,200}$/.test(fragment) ? fragment : undefined
  task.hidden = false
  done.hidden = true
  offer(token !== undefined)
  outcome.replaceChildren()
  if (token === undefined) showRefusal({ code: 'link_incomplete' })
}

async function redeem() {
  if (isRunning) return
  setRunning(true)
  outcome.replaceChildren()
  password?.removeAttribute('aria-invalid')
  const problem = await post({ token, ...(password === null ? {} : { password: password.value }) })
  setRunning(false)
  if (problem === undefined) showDone()
  else showRefusal(problem)
}

/**
 * @param {{ token: string | undefined, password?: string }} body
 * @returns {Promise<Problem | undefined>} undefined if it was done
 */
async function post(body) {
  /** @type {Response} */
  let response
  try {
    response = await fetch(endpoint(form.dataset.action ?? ''), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(signsIn ? { ...body, transport: 'cookie' } : body),
      // The token is the proof. A session of somebody else in this browser plays no part, unless
      // the link belongs to the browser that asked for it.
      credentials: signsIn ? 'same-origin' : 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    })
  } catch {
    return { code: 'no_answer' }
  }
  if (!response.ok) return readProblem(response)
  return signsIn ? readStep(response) : undefined
}

/**
 * A sign-in by link may ask for another factor, which this page can't.
 * @param {Response} response
 * @returns {Promise<Problem | undefined>}
 */
async function readStep(response) {
  /** @type {{ status?: string }} */
  const { status } = await response.json()
  return status === 'complete' ? undefined : { code: 'further_step' }
}

/**
 * A proxy in between may answer in words of its own.
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function readProblem(response) {
  try {
    /** @type {Partial<Problem>} */
    const problem = await response.json()
    return { ...problem, code: String(problem.code ?? 'no_answer') }
  } catch {
    return { code: 'no_answer' }
  }
}

/**
 * Shows or hides the form and what only makes sense beside it.
 * @param {boolean} open
 */
function offer(open) {
  for (const part of document.querySelectorAll('[data-offer]')) {
    part.toggleAttribute('hidden', !open)
  }
}

function showDone() {
  token = undefined
  form.reset()
  offer(false)
  task.hidden = true
  done.hidden = false
  done.querySelector('h1')?.focus()
}

/** @param {Problem} problem */
function showRefusal(problem) {
  const known = textFor(problem.code)
  const { title, text } = known ?? { title: problem.title, text: problem.detail }
  outcome.replaceChildren(
    element('h2', title ?? problem.code),
    ...(text === undefined ? [] : [element('p', text)]),
    ...(known === undefined || (problem.status ?? 0) >= 500 ? reference(problem.request_id) : []),
  )
  if (problem.code === 'token_invalid') offer(false)
  if (problem.code.startsWith('password_')) password?.setAttribute('aria-invalid', 'true')
  outcome.focus()
}

/**
 * For support: the log has the cause under it.
 * @param {string | undefined} requestId
 */
function reference(requestId) {
  if (requestId === undefined) return []
  const line = element('p', `${outcome.dataset.reference} `)
  line.className = 'reference'
  line.append(element('code', requestId))
  return [line]
}

/** @param {string} code */
function textFor(code) {
  /** @type {NodeListOf<HTMLElement>} */
  const texts = document.querySelectorAll('[data-texts] > [data-code]')
  const found = [...texts].find((text) => text.dataset.code === code)
  return found === undefined ? undefined : { title: found.dataset.title, text: found.textContent }
}

/**
 * @param {'h2' | 'p' | 'code'} name
 * @param {string} text
 */
function element(name, text) {
  const created = document.createElement(name)
  created.textContent = text
  return created
}

/**
 * @template {HTMLElement} T
 * @param {string} selector
 * @param {new () => T} kind
 * @returns {T}
 */
function find(selector, kind) {
  const found = document.querySelector(selector)
  if (found instanceof kind) return found
  throw new Error(`the page has no ${selector}`)
}

/** @param {boolean} running */
function setRunning(running) {
  isRunning = running
  button.setAttribute('aria-disabled', String(running))
  if (running && password !== null) setRevealed(password, false)
}

/** @param {HTMLInputElement} input */
function enableReveal(input) {
  const reveal = find('[data-reveal]', HTMLElement)
  reveal.addEventListener('click', () => setRevealed(input, input.type === 'password'))
}

/**
 * @param {HTMLInputElement} input
 * @param {boolean} shown
 */
function setRevealed(input, shown) {
  input.type = shown ? 'text' : 'password'
  find('[data-reveal]', HTMLElement).toggleAttribute('data-shown', shown)
}

/** The rules are those of the tenant; without an answer the general hint stays. */
async function showPolicy() {
  try {
    const response = await fetch(endpoint('password/policy'), { credentials: 'omit' })
    if (!response.ok) return
    /** @type {{ minimum_characters: number, rules: string[] }} */
    const { minimum_characters: minimum, rules } = await response.json()
    const hint = find('[data-minimum]', HTMLElement)
    hint.textContent = (hint.dataset.minimum ?? '').replace('{minimum}', String(minimum))
    for (const rule of rules)
      form.querySelector(`[data-rule="${CSS.escape(rule)}"]`)?.removeAttribute('hidden')
  } catch {
    // The server checks the password anyway and says what is wrong with it.
  }
}

/**
 * The page is at `/t/{tenant}/…`, so the API of the same tenant is beside it.
 * @param {string} path
 */
function endpoint(path) {
  return new URL(`api/auth/${path}`, location.href)
}
