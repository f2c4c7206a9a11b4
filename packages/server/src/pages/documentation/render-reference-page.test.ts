import { describe, expect, it } from 'vitest'
import { renderReferencePage } from './render-reference-page.ts'

describe('renderReferencePage', () => {
  const page = renderReferencePage(describeApi())

  it.each([
    ['the operation', 'id="createThing"'],
    ['the link to it', 'href="#createThing"'],
    ['the method', 'data-method="POST"'],
    ['the path with its variable', '/t/<span class="variable">{tenant}</span>/api/things'],
    ['the summary', 'Make a thing'],
    ['code in the description', 'Uses <code>size</code>.'],
    ['the permission', 'Permission <code>things.write</code>'],
    ['the rate limit', '10 requests in 5 minutes per user'],
    ['the place of a parameter', 'string · path'],
    ['a member of the body', '<code class="member-name">size</code>'],
    ['a limit of a member', '<span>1 to 9</span>'],
    ['the description of a member', 'How large it is.'],
    ['the answer', 'The new thing'],
    [
      'the first code of a status',
      '<td>409</td><td><code>thing_<wbr>taken</code></td><td>Taken, e.g. by you</td>',
    ],
    [
      'the second code of a status',
      '<td>409</td><td><code>thing_<wbr>busy</code></td><td>Busy</td>',
    ],
    ['the command to try it', 'curl -X POST https://id.example/t/acme/api/things'],
    ['the token in that command', 'authorization: Bearer $TOKEN'],
    ['the group', 'id="group-odd-things"'],
    ['a tag that nobody described', 'id="group-odd-things-title">Odd things</h2>'],
  ])('shows %s', (_, markup) => {
    expect(page.replaceAll(/\s+/g, ' ')).toContain(markup)
  })

  it('says that a public operation needs no token', () => {
    const api = describeApi()
    const text = renderReferencePage({ ...api, paths: { '/a': { get: publicOperation() } } })

    expect(text).toContain('<dd>Public</dd>')
    expect(text).not.toContain('$TOKEN')
  })

  it('leaves out groups without operations', () => {
    expect(page).not.toContain('Nothing here')
  })

  it('escapes every text of the description', () => {
    const hostile = JSON.parse(
      JSON.stringify(describeApi(), (_, value: unknown) =>
        typeof value === 'string' ? `${value}<img src=x onerror=alert(1)>"'` : value,
      ),
    ) as Record<string, unknown>

    const text = renderReferencePage(hostile)

    expect(text).toContain('&lt;img src=x')
    expect(text).not.toContain('<img')
    expect(text).not.toContain('>"')
  })

  it('escapes names that come from members and paths', () => {
    const name = '"><script>'
    const operation = {
      ...publicOperation(),
      requestBody: bodyWith({ [name]: { type: 'string' } }),
    }

    const text = renderReferencePage({
      ...describeApi(),
      paths: { [`/${name}`]: { get: operation } },
    })

    expect(text).toContain('&quot;&gt;&lt;script&gt;')
    expect(text).not.toContain('<script>')
  })
})

function describeApi(): Record<string, unknown> {
  return {
    info: { title: 'Countersign', version: '1.2.3', description: 'About `code`.' },
    servers: [{ url: 'https://id.example' }],
    tags: [{ name: 'Nothing here', description: 'Empty.' }],
    paths: { '/t/{tenant}/api/things': { post: createThing() } },
  }
}

function createThing() {
  return {
    operationId: 'createThing',
    summary: 'Make a thing',
    description: 'Uses `size`.',
    tags: ['Odd things'],
    security: [{ accessToken: [] }],
    'x-permission': 'things.write',
    'x-rate-limit': { requests: 10, by: 'principal', window_seconds: 300 },
    parameters: [{ name: 'tenant', in: 'path', required: true, schema: { type: 'string' } }],
    requestBody: bodyWith({
      size: { type: 'integer', minimum: 1, maximum: 9, description: 'How large it is.' },
    }),
    responses: {
      201: {
        description: 'The new thing',
        content: {
          'application/json': {
            schema: { oneOf: [{ properties: { status: { const: 'made' } } }, { type: 'null' }] },
          },
        },
      },
      409: {
        description: '`thing_taken`: Taken, e.g. by you. `thing_busy`: Busy.',
        content: { 'application/problem+json': {} },
      },
    },
  }
}

function publicOperation() {
  return {
    operationId: 'look',
    summary: 'Look',
    security: [],
    responses: { 204: { description: 'Done' } },
  }
}

function bodyWith(properties: Record<string, unknown>) {
  return { content: { 'application/json': { schema: { type: 'object', properties } } } }
}
