import { html, type Html } from '../html.ts'
import { BRAND_MARK, renderDocument } from '../render-document.ts'
import type { FormOnPage, OAuthPages } from './props.ts'

/** Plain pages for the OAuth endpoints. */
export const placeholderPages: OAuthPages = {
  consent: ({ client, user, form, scopes, resources, authorizationDetails }) =>
    page(
      'Allow access',
      html`<p>${client.name} wants to act for ${user.email}.</p>
<ul>${[...scopes, ...resources.flatMap((entry) => entry.scopes)].map((scope) => html`<li>${scope}</li>`)}</ul>
${authorizationDetails.map((detail) => html`<pre>${JSON.stringify(detail, null, 2)}</pre>`)}
${formOf(form, html`<button class="primary" name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button>`)}`,
    ),
  deviceCode: ({ form, userCode, error }) =>
    page(
      'Connect a device',
      html`<p>${error}</p>${formOf(form, html`<label>Code <input name="user_code" value="${userCode ?? ''}" autocomplete="off"></label> <button class="primary">Continue</button>`)}`,
    ),
  deviceConfirm: ({ client, form, userCode, device }) =>
    page(
      'Confirm the device',
      html`<p>${client.name} shows the code <code>${userCode}</code> (${device.ip}).</p>${formOf(form, html`<button class="primary">Confirm</button> <button name="abort" value="yes">It is not mine</button>`)}`,
    ),
  deviceDone: ({ client }) => page('Done', html`<p>${client.name} is connected.</p>`),
  logout: ({ form }) =>
    page(
      'Sign out',
      formOf(
        form,
        html`<button class="primary" name="logout" value="yes">Sign out</button> <button>Stay</button>`,
      ),
    ),
  loggedOut: ({ signInUrl }) => page('Signed out', html`<a href="${signInUrl}">Sign in</a>`),
  error: ({ title, detail, requestId }) =>
    page('This did not work', html`<p>${title}</p><p>${detail}</p><p>${requestId}</p>`),
  continueTo: ({ url }) =>
    page(
      'One moment',
      html`<p><a href="${url}">Continue</a></p>`,
      html`<meta http-equiv="refresh" content="0;url=${url}">`,
    ),
}

function formOf(form: FormOnPage, content: Html): Html {
  return html`<form method="post" action="${form.action}">
${Object.entries(form.hidden).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${content}</form>`
}

function page(title: string, content: Html, head: Html = html``): string {
  return renderDocument({
    title: `${title} · Countersign`,
    layout: 'task-page',
    styleSheets: ['pages.css'],
    body: html`${head}<span class="brand">${BRAND_MARK}Countersign</span>
<main class="card"><h1>${title}</h1>${content}</main>`,
  })
}
