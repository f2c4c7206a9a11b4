import { describe, expect, it } from 'vitest'
import { defineErrors } from '../../kernel/index.ts'
import { createLogger, type LogFields, type LoggerOptions } from './index.ts'

const errors = defineErrors({
  logger_test_refused: { status: 403, title: 'Refused', help: '' },
  logger_test_broken: { status: 503, title: 'Broken', help: '' },
})

function capture(level: LoggerOptions['level'] = 'debug') {
  const lines: string[] = []
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } })
  return { logger, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') }
}

describe('logger', () => {
  it('writes one JSON object per event', () => {
    const { logger, lines, last } = capture()

    logger.info('http.request', { requestId: 'req_1', status: 200, durationMs: 1.5 })

    expect(lines).toHaveLength(1)
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: 'http.request',
      requestId: 'req_1',
      status: 200,
      durationMs: 1.5,
    })
  })

  it('drops every field that is not on the list, whatever the types say', () => {
    const { logger, lines } = capture()
    const fields = {
      password: 'hunter2',
      email: 'ben@acme.test',
      headers: { authorization: 'hunter2' },
      body: 'hunter2',
      ip: '192.0.2.1',
      url: '/x?token=hunter2',
      status: 200,
    }

    logger.info('http.request', fields as LogFields)

    expect(Object.keys(JSON.parse(lines[0] ?? ''))).toEqual(['level', 'time', 'status', 'event'])
  })

  it.each([
    ['an object for text', { tenant: { password: 'hunter2' } }],
    ['text for a number', { status: 'hunter2' }],
    ['not a number', { durationMs: Number.NaN }],
    ['nothing', { code: undefined }],
  ])('drops a listed field that holds %s', (_, fields) => {
    const { logger, last } = capture()

    logger.info('x', fields as LogFields)

    expect(Object.keys(last())).toEqual(['level', 'time', 'event'])
  })

  it('cuts the query off a route', () => {
    const { logger, last } = capture()

    logger.info('x', { route: '/t/:tenant/x?token=hunter2' })

    expect(last()['route']).toBe('/t/:tenant/x')
  })

  it('lets no value forge a line or drive a terminal', () => {
    const { logger, lines, last } = capture()

    logger.info('x', { reason: 'a\n{"event":"b"}\u001b[2J\u2028' })

    expect(lines).toHaveLength(1)
    expect(last()['reason']).toBe('a?{"event":"b"}?[2J?')
  })

  it('cuts long text', () => {
    const { logger, last } = capture()

    logger.info('x', { reason: 'r'.repeat(10_000) })

    expect(last()['reason']).toHaveLength(256)
  })

  it('does not expand placeholders in the name of an event', () => {
    const { logger, last } = capture()

    logger.info('100 %s %o', { code: 'c' })

    expect(last()['event']).toBe('100 %s %o')
  })

  it('keeps silent below its level', () => {
    const { logger, lines } = capture('warn')

    logger.debug('x')
    logger.info('x')
    logger.warn('x')
    logger.error('x')

    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'error'])
  })

  it('carries the fields of a child, filtered too', () => {
    const { logger, last } = capture()

    logger.child({ requestId: 'req_1', secret: 'hunter2' } as LogFields).info('x', { code: 'c' })

    expect(last()).toMatchObject({ requestId: 'req_1', code: 'c' })
    expect(last()).not.toHaveProperty('secret')
  })
})

describe('errors in the log', () => {
  it('have no message, which may quote a secret, but call sites', () => {
    const { logger, lines, last } = capture()

    logger.error('x', { err: new TypeError('bad value hunter2\n    at hunter2 (secret)') })

    expect(lines[0]).not.toContain('hunter2')
    const err = last()['err'] as { name: string; stack: string[] }
    expect(err.name).toBe('TypeError')
    expect(err.stack[0]).toMatch(/logger\.test\.ts:\d+:\d+\)?$/)
  })

  it('have the code and the words for the log of our own refusals, without call sites', () => {
    const { logger, last } = capture()

    logger.warn('x', { err: errors.logger_test_refused({ internal: 'role missing' }) })

    expect(last()['err']).toEqual({
      name: 'AppError',
      code: 'logger_test_refused',
      internal: 'role missing',
    })
  })

  it('have the cause, described the same way', () => {
    const { logger, lines, last } = capture()
    const cause = Object.assign(new Error('hunter2'), { code: '57P01', detail: 'hunter2' })

    logger.error('x', { err: errors.logger_test_broken({ cause }) })

    expect(last()['err']).toMatchObject({
      code: 'logger_test_broken',
      cause: { name: 'Error', code: '57P01' },
    })
    expect(lines[0]).not.toContain('hunter2')
  })

  it.each([
    ['a string', 'hunter2', { name: 'string' }],
    ['an object', { message: 'hunter2' }, { name: 'object' }],
    ['null', null, { name: 'object' }],
  ])('that are %s have their type only', (_, err, expected) => {
    const { logger, last } = capture()

    logger.error('x', { err })

    expect(last()['err']).toEqual(expected)
  })

  it('with a name or code that is a text have neither', () => {
    const { logger, last } = capture()
    const err = Object.assign(new Error('x'), { name: 'hunter 2', code: 'hunter 2' })

    logger.error('x', { err })

    expect(last()['err']).toMatchObject({ name: 'invalid', code: 'invalid' })
  })

  it('that cause themselves end', () => {
    const { logger, lines } = capture()
    const err = new Error('x')
    err.cause = err

    logger.error('x', { err })

    expect(lines[0]?.match(/"cause"/g)).toHaveLength(3)
  })
})
