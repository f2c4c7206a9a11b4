import { describe, expect, it } from 'vitest'
import { countersign, temporaryFolder } from './test-io.ts'

const HINT = '  `countersign --help` lists the commands\n'
const cwd = temporaryFolder()

describe('the command line', () => {
  it.each([
    ['dve', 'there is no command `dve`: did you mean `dev`?'],
    ['xyzzyplugh', 'there is no command `xyzzyplugh`'],
    ['dev --prot 4900', 'there is no option `--prot`: did you mean `--port`?'],
    ['dev --port', '`--port` needs a value: `--port <number>`'],
    ['dev --port --memory', '`--port` needs a value: `--port <number>`'],
    ['dev --memory=yes', '`--memory` takes no value'],
    ['dev --port 1 --port 2', '`--port` is given twice'],
    ['dev now', '`now` is one word too many'],
    ['keys rotat', 'there is no command `keys rotat`: did you mean `rotate`?'],
    ['keys', '`countersign keys` needs one of: list, rotate, revoke'],
    ['keys rotate', '`--tenant <slug>` is missing'],
    [
      'keys rotate --tenant acme --algorithm HS256',
      '`--algorithm` is one of ES256, PS256, RS256, EdDSA',
    ],
    ['keys revoke --tenant acme --key ten_1', '`--key <id>` is missing, or is no key id'],
    ['admin invite --tenant acme', '`--email <address>` is missing'],
    ['config prnt', 'there is no command `config prnt`: did you mean `print`?'],
  ])('refuses `countersign %s` with exit code 2', async (line, message) => {
    const transcript = await countersign(line, { cwd })

    expect(transcript).toEqual({ stdout: '', stderr: `countersign: ${message}\n${HINT}`, code: 2 })
  })

  it('shows control characters of a word as question marks', async () => {
    const { stderr } = await countersign('\u001B[31mred', { cwd })

    expect(stderr).toContain('`?[31mred`')
  })

  it('shows the commands on stderr and ends with 2 when none is given', async () => {
    const transcript = await countersign('', { cwd })

    expect(transcript).toMatchObject({ stdout: '', code: 2 })
    expect(transcript.stderr).toContain('Usage: countersign <command> [options]')
  })

  it.each(['--help', 'help', '-h'])('answers %s on stdout with exit code 0', async (line) => {
    const transcript = await countersign(line, { cwd })

    expect(transcript).toMatchObject({ stderr: '', code: 0 })
    for (const name of ['dev', 'serve', 'migrate', 'doctor', 'admin', 'keys', 'healthcheck']) {
      expect(transcript.stdout).toContain(`  ${name} `)
    }
  })

  it.each([
    'dev',
    'serve',
    'migrate',
    'doctor',
    'healthcheck',
    'admin invite',
    'keys rotate',
    'config print',
  ])('explains the options of %s', async (command) => {
    const transcript = await countersign(`${command} --help`, { cwd })

    expect(transcript).toMatchObject({ stderr: '', code: 0 })
    expect(transcript.stdout).toContain(`Usage: countersign ${command} [options]`)
    expect(transcript.stdout).toContain('--json')
  })

  it('says its version', async () => {
    const transcript = await countersign('--version', { cwd })

    expect(transcript.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect(transcript.code).toBe(0)
  })
})
