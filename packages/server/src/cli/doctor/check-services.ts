import { connect } from 'node:net'
import { Redis } from 'ioredis'
import type { Secret } from '../../kernel/index.ts'
import type { Config } from '../../platform/config/index.ts'
import { type Finding, ok, problem, warning } from './finding.ts'

export async function checkMail({ mail }: Config): Promise<Finding> {
  if (mail.kind === 'mailbox') {
    return warning(
      'mail',
      'no mail server is configured',
      'nobody receives links to verify an address or to reset a password',
      'set COUNTERSIGN_SMTP_URL and COUNTERSIGN_MAIL_FROM',
    )
  }
  const url = new URL(mail.url.reveal())
  const port = url.port === '' ? (url.protocol === 'smtps:' ? 465 : 587) : Number(url.port)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const where = `${host}:${port}`
  if (await isReachable(host, port)) return ok('mail', `${where} answers`)
  return problem(
    'mail',
    `${where} can not be reached`,
    'messages wait until it can',
    'correct COUNTERSIGN_SMTP_URL, or the firewall',
  )
}

/** Nothing to say where none is configured. */
export async function checkRedis({ redisUrl }: Config): Promise<readonly Finding[]> {
  if (redisUrl === undefined) return []
  if (await answersPing(redisUrl)) return [ok('redis', 'it answers')]
  return [
    problem(
      'redis',
      'it can not be reached, or refuses us',
      'each node counts requests for itself, so limits are higher than they say',
      'correct COUNTERSIGN_REDIS_URL, or start it',
    ),
  ]
}

function isReachable(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS })
    const end = (reached: boolean) => () => {
      socket.destroy()
      resolve(reached)
    }
    socket.once('connect', end(true)).once('timeout', end(false)).once('error', end(false))
  })
}

async function answersPing(url: Secret<string>): Promise<boolean> {
  const redis = new Redis(url.reveal(), {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    retryStrategy: () => null,
  })
  redis.on('error', () => undefined)
  try {
    await redis.connect()
    return (await redis.ping()) === 'PONG'
  } catch {
    // Whatever it was, the server would fall back to counting alone.
    return false
  } finally {
    redis.disconnect()
  }
}

const TIMEOUT_MS = 3_000
