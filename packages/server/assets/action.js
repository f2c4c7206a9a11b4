// Redeems the single-use token of a link. All words are in the page; this file has none.
const form = document.querySelector('[data-action]')
const button = form.querySelector('[type="submit"]')
const password = form.querySelector('#password')
const outcome = document.querySelector('[data-outcome]')
const task = document.querySelector('[data-task]')
const done = document.querySelector('[data-done]')

/** Held here only; the address bar, the history and the server's log never have it. */
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
  enableReveal()
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

/** The problem, or undefined if it was done. */
async function post(body) {
  let response
  try {
    response = await fetch(endpoint(form.dataset.action), {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(body),
      // The token is the proof. A session of somebody else in this browser plays no part.
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    })
  } catch {
    return { code: 'no_answer' }
  }
  if (response.ok) return undefined
  try {
    return await response.json()
  } catch {
    return { code: 'no_answer' }
  }
}

/** The form, and what only makes sense beside it. */
function offer(open) {
  for (const part of document.querySelectorAll('[data-offer]')) part.hidden = !open
}

function showDone() {
  token = undefined
  form.reset()
  offer(false)
  task.hidden = true
  done.hidden = false
  done.querySelector('h1').focus()
}

function showRefusal(problem) {
  const text = textFor(problem.code)
  outcome.replaceChildren(
    element('h2', text?.dataset.title ?? problem.title),
    ...[text?.textContent ?? problem.detail].filter(Boolean).map((line) => element('p', line)),
    ...(text === undefined || problem.status >= 500 ? reference(problem.request_id) : []),
  )
  if (problem.code === 'token_invalid') offer(false)
  if (problem.code?.startsWith('password_')) password?.setAttribute('aria-invalid', 'true')
  outcome.focus()
}

/** For support: the log has the cause under it. */
function reference(requestId) {
  if (requestId === undefined) return []
  const line = element('p', `${outcome.dataset.reference} `)
  line.className = 'reference'
  line.append(element('code', requestId))
  return [line]
}

function textFor(code) {
  const texts = [...document.querySelectorAll('[data-texts] > [data-code]')]
  return texts.find((text) => text.dataset.code === code)
}

function element(name, text) {
  const created = document.createElement(name)
  created.textContent = text
  return created
}

function setRunning(running) {
  isRunning = running
  button.setAttribute('aria-disabled', String(running))
  if (running && password !== null) setRevealed(false)
}

function enableReveal() {
  reveal().addEventListener('click', () => setRevealed(password.type === 'password'))
}

function setRevealed(shown) {
  password.type = shown ? 'text' : 'password'
  reveal().toggleAttribute('data-shown', shown)
}

function reveal() {
  return form.querySelector('[data-reveal]')
}

/** The rules are those of the tenant; without an answer the general hint stays. */
async function showPolicy() {
  try {
    const response = await fetch(endpoint('password/policy'), { credentials: 'omit' })
    if (!response.ok) return
    const policy = await response.json()
    const hint = form.querySelector('[data-minimum]')
    hint.textContent = hint.dataset.minimum.replace('{minimum}', String(policy.minimum_characters))
    for (const line of form.querySelectorAll('[data-rule]')) {
      line.hidden = !policy.rules.includes(line.dataset.rule)
    }
  } catch {
    // The server checks the password anyway and says what is wrong with it.
  }
}

/** The page is at `/t/{tenant}/…`, so the API of the same tenant is beside it. */
function endpoint(path) {
  return new URL(`api/auth/${path}`, location.href)
}
