/** A program at a terminal of its own, which some do more in than behind pipes. By `script` of util-linux. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

const SCRIPT = '/usr/bin/script'

export interface Terminal {
  /** What stands on it so far, without colours and movements. */
  readonly shown: () => string
  readonly type: (keys: string) => void
  /** The program's exit code. */
  readonly ended: Promise<number | null>
  /** Hangs up, which ends the program. */
  readonly close: () => void
}

/** Why there can be no terminal here, or undefined. */
export function whyNoTerminal(): string | undefined {
  return process.platform === 'linux' && existsSync(SCRIPT)
    ? undefined
    : 'there is no script(1) of util-linux here'
}

/** @param command For a shell. */
export function openTerminal(command: string, env: Readonly<Record<string, string>>): Terminal {
  const child = spawn(SCRIPT, ['-qec', `exec ${command}`, '/dev/null'], {
    env: { TERM: 'xterm', SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const close = (): void => void child.kill('SIGTERM')
  process.once('exit', close)
  let written = ''
  child.stdout.on('data', (data: Buffer) => {
    written += data.toString()
  })
  return {
    shown: () => stripVTControlCharacters(written),
    type: (keys) => void child.stdin.write(keys),
    ended: new Promise((resolve) => child.once('close', resolve)),
    close,
  }
}
