import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { runQuietly } from './child.mjs'

const { signal } = new AbortController()
const childModule = new URL('./child.mjs', import.meta.url).href
const interruptsModule = new URL('./interrupts.mjs', import.meta.url).href

test('a quiet child is heard in full and its exit code is kept', async () => {
  const result = await runQuietly('sh', ['-c', 'echo one; echo two >&2; exit 7'], { signal })
  expect(result.code).toBe(7)
  expect(result.output.split('\n').sort()).toEqual(['', 'one', 'two'])
})

test('a quiet child that takes too long is ended', async () => {
  const run = runQuietly('sleep', ['1000'], { signal, timeoutMs: 50 })
  await expect(run).rejects.toThrow('sleep took too long')
})

test('a program that is not there is an error', async () => {
  await expect(runQuietly('/no/such/program', [], { signal })).rejects.toMatchObject({ code: 'ENOENT' })
})

/** A process that runs `script` in the foreground, as the set-up runs the user's command. */
function startSetup(script: string): ChildProcess {
  const program = `
    import { runInForeground } from ${JSON.stringify(childModule)}
    import { listenForInterrupts } from ${JSON.stringify(interruptsModule)}
    process.exitCode = await runInForeground('sh', ['-c', ${JSON.stringify(script)}],
      { cwd: '/', env: process.env, interrupts: listenForInterrupts() })`
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function exitCode(child: ChildProcess): Promise<number> {
  const [code] = await once(child, 'exit')
  return code
}

test('the exit code of the command passes through', async () => {
  expect(await exitCode(startSetup('exit 42'))).toBe(42)
})

test('a command that dies by a signal is reported as shells do', async () => {
  expect(await exitCode(startSetup('kill -9 $$'))).toBe(137)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s reaches the command, which ends in its own way',
  async (name) => {
    const setup = startSetup(`trap 'exit 5' INT TERM HUP; echo ready; while :; do sleep 0.02; done`)
    if (setup.stdout) await once(setup.stdout, 'data')
    setup.kill(name)
    expect(await exitCode(setup)).toBe(5)
  },
)
