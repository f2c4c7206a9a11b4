import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import {
  configJsonSchema,
  describeConfig,
  loadConfig,
  renderConfigReference,
  settings,
} from './index.ts'

describe('describeConfig', () => {
  const env = {
    COUNTERSIGN_DATABASE_URL: 'postgres://app:hunter2@db/countersign',
    COUNTERSIGN_SMTP_URL: 'smtp://user:hunter2@mail',
    COUNTERSIGN_MAIL_FROM: 'id@example.com',
    COUNTERSIGN_MASTER_KEY: Buffer.alloc(32, 'hunter2').toString('base64'),
    COUNTERSIGN_PREVIOUS_MASTER_KEYS: [1, 2]
      .map((byte) => Buffer.alloc(32, byte).toString('base64'))
      .join(','),
    COUNTERSIGN_PORT: '4900',
  }
  const { config, sources } = loadConfig({ env, cwd: tmpdir(), command: 'config' })
  const rows = describeConfig(config, sources)

  it('shows every setting once, with where its value came from', () => {
    expect(rows.map((row) => row.name)).toEqual(Object.keys(settings))
    expect(rows.find((row) => row.name === 'http.port')).toEqual({
      name: 'http.port',
      env: 'COUNTERSIGN_PORT',
      value: '4900',
      source: { kind: 'environment', name: 'COUNTERSIGN_PORT' },
    })
  })

  it('shows that a secret is set, never the secret', () => {
    const secrets = rows.filter((row) => settings[row.name].secret && row.value !== undefined)

    expect(secrets.map((row) => row.name)).toEqual([
      'database.url',
      'masterKey',
      'previousMasterKeys',
      'mail.smtpUrl',
    ])
    expect(secrets.every((row) => row.value === '[secret]')).toBe(true)
    expect(JSON.stringify([rows, config])).not.toMatch(/hunter2|aHVudGVy/)
  })
})

describe('what is generated from the table', () => {
  it('has a row for every setting in the reference, the same on every machine', () => {
    const reference = renderConfigReference()

    for (const [name, setting] of Object.entries(settings)) {
      expect(reference).toContain(`| \`${name}\` | \`${setting.env}\``)
    }
    expect(reference).toContain('`COUNTERSIGN_MASTER_KEY_FILE`')
    expect(reference).toContain('| number of cores |')
    expect(reference).toContain('whole number, 19456–1048576')
  })

  it('has every setting in the JSON Schema, flat and nested, and nothing else is allowed', () => {
    const schema = configJsonSchema()

    expect(schema).toMatchObject({
      additionalProperties: false,
      properties: {
        'http.port': { type: 'integer', minimum: 0, maximum: 65_535, default: 4820 },
        http: {
          additionalProperties: false,
          properties: { port: { type: 'integer' }, baseUrl: { type: 'string' } },
        },
        logLevel: { enum: ['debug', 'info', 'warn', 'error', 'silent'] },
      },
    })
  })

  it('gives every setting a variable of its own', () => {
    const variables = Object.values(settings).map((setting) => setting.env)

    expect(new Set(variables).size).toBe(variables.length)
  })
})
