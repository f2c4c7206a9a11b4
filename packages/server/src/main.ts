#!/usr/bin/env node
import process from 'node:process'
import { createProcessIo } from './cli/process-io.ts'
import { runCli } from './cli/run-cli.ts'

process.exitCode = await runCli(createProcessIo(), process.argv.slice(2))
