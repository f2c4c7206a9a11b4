import process from 'node:process'
import { systemClock } from '../kernel/index.ts'
import { processEnvironment } from '../platform/config/process-environment.ts'
import type { CliIo, CliStream, StopSignal } from './cli-io.ts'

export function createProcessIo(): CliIo {
  return {
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    env: processEnvironment(),
    cwd: process.cwd(),
    clock: systemClock,
    onSignal: (listener) => {
      for (const signal of STOP_SIGNALS) process.on(signal, listener)
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener)
      }
    },
    onCrash: (listener) => {
      process.on('uncaughtException', listener)
      process.on('unhandledRejection', listener)
      return () => {
        process.off('uncaughtException', listener)
        process.off('unhandledRejection', listener)
      }
    },
    exit: (code) => process.exit(code),
  }
}

function streamOf(stream: NodeJS.WriteStream): CliStream {
  // `countersign … | head` closes the pipe before all is written; that is no crash.
  stream.on('error', () => undefined)
  return { isTty: stream.isTTY === true, write: (text) => void stream.write(text) }
}

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM']
