/** The completion in real shells, with names from a real server. */
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from './harness/server.ts'
import { openTerminal, whyNoTerminal } from './harness/terminal.ts'

const PROGRAM = join(import.meta.dirname, '../cli/bin/daypass.mjs')

let server: TestServer
/** Home, current folder, and where `daypass` is found. */
let folder: string
let env: Record<string, string>

beforeAll(async () => {
  server = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'daypass-completion-'))
  await writeFile(join(folder, 'daypass'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`)
  await chmod(join(folder, 'daypass'), 0o755)
  await mkdir(join(folder, 'work', 'a folder'), { recursive: true })
  await writeFile(join(folder, 'work', 'a.backup'), '')
  env = {
    PATH: [folder, process.env['PATH']].join(delimiter),
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    DAYPASS_SERVER: server.url,
    DAYPASS_TOKEN: server.adminToken,
  }
  await server.call('POST', '/api/daypass/pools?organization=main', { name: 'frankfurt' })
  await server.call('POST', '/api/daypass/pools?organization=main', { name: 'freiburg', description: 'a: b' })
  await server.call('POST', '/api/stacks/main/web', { stackName: 'dev' })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  expect(await server.stop()).toBe(0)
})

function whyNot(shell: string): string | undefined {
  return spawnSync(shell, ['-c', 'exit']).error && `${shell} is not installed here`
}

function named(what: string, reason: string | undefined): string {
  return reason === undefined ? what : `${what} (skipped: ${reason})`
}

/** What the shell offers after each line, by a script that asks its own completion for it. */
function offered(shell: string, script: (line: string) => string, line: string): string[] {
  const { stdout, stderr } = spawnSync(shell, ['-c', script(line)], {
    env,
    cwd: join(folder, 'work'),
    encoding: 'utf8',
  })
  expect(stderr, line).toBe('')
  return stdout.split('\n').filter((one) => one !== '')
}

/** Words as Bash breaks them: at blanks, and at `=`, `:` and `@`, which stay words of their own. */
function asBash(line: string): string {
  const words = line.split(/\s+/).flatMap((word) => word.split(/([=:@]+)/).filter((part, i) => part || !i))
  const quoted = words.map((word) => `'${word}'`).join(' ')
  return `source <(daypass completion bash); COMP_LINE='${line}'; COMP_WORDS=(${quoted})
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _daypass; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; true`
}

const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['daypass poo', ['pool']],
  ['daypass pool tok', ['token']],
  ['daypass pool token cr', ['create']],
  ['daypass pool list --sh', ['--shared']],
  ['daypass schedule create --kind d', ['drift']],
  ['daypass pool show fr', ['frankfurt', 'freiburg']],
  ['daypass pool show --org nobodys fr', []],
  ['daypass queue --stack main/w', ['main/web/dev']],
  ['daypass restore a.b', ['a.backup']],
]

const noBash = whyNot('bash')
test.skipIf(noBash)(named('bash', noBash), () => {
  for (const [line, values] of LINES) expect(offered('bash', asBash, line), line).toEqual(values)
  // Only what follows its last break is replaced.
  expect(offered('bash', asBash, 'daypass queue --stack=main/w')).toEqual(['main/web/dev'])
  expect(offered('bash', asBash, 'daypass queue --stack=')).toEqual(['main/web/dev'])
  expect(offered('bash', asBash, 'daypass schedule create --cron @daily --kind=t')).toEqual(['ttl'])
  expect(offered('bash', asBash, 'daypass stack import-from file://x --project a')).toEqual(['a folder'])
})

const noFish = whyNot('fish')
test.skipIf(noFish)(named('fish', noFish), () => {
  const ask = (line: string) => `daypass completion fish | source; complete -C '${line}'`
  const values = (line: string) => offered('fish', ask, line).map((one) => one.split('\t')[0])
  for (const [line, expected] of LINES) expect(values(line), line).toEqual(expected)
  expect(values('daypass queue --stack=main/w')).toEqual(['--stack=main/web/dev'])
  expect(offered('fish', ask, 'daypass poo')).toEqual([
    'pool\tpools that runners claim from, and their tokens',
  ])
  expect(offered('fish', ask, 'daypass pool show fre')).toEqual(['freiburg\ta: b'])
})

/** At one prompt, with real tabs: each line becomes what stands beside it. */
async function typedAtPrompt(
  command: string,
  load: string,
  lines: readonly (readonly [line: string, becomes: RegExp])[],
): Promise<void> {
  const terminal = openTerminal(command, { ...env, PS1: '> ', HISTFILE: '' })
  try {
    terminal.type(`cd ${folder}/work; ${load}; echo load''ed\r`)
    await expect.poll(terminal.shown, { timeout: 60_000 }).toContain('loaded\r\n')
    for (const [line, becomes] of lines) {
      const before = terminal.shown().length
      terminal.type(`${line}\t`)
      const shown = (): string => withoutBells(terminal.shown().slice(before))
      await expect.poll(shown, { timeout: 60_000 }).toMatch(becomes)
      terminal.type('\u0015') // takes the line away
    }
    terminal.type('exit\r')
    await terminal.ended
  } finally {
    terminal.close()
  }
}

/** Shells ring when there is more than one way to go on, and step back to redraw. */
function withoutBells(text: string): string {
  return text.replaceAll('\u0007', '').replaceAll('\b', '')
}

const noZsh = whyNot('zsh') ?? whyNoTerminal()
test.skipIf(noZsh)(named('zsh', noZsh), async () => {
  const load = `autoload -Uz compinit; compinit -u -d ${folder}/zcompdump; source <(daypass completion zsh)`
  await typedAtPrompt('zsh -f -i', load, [
    ['daypass schedule cre', /daypass schedule create /],
    ['daypass pool show fran', /daypass pool show frankfurt /],
    ['daypass queue --stack=main/w', /--stack=main\/web\/dev /],
    ['daypass restore a.b', /daypass restore a\.backup /],
    ['daypass pool show fr', /frankfurt[\s\S]*freiburg +-- a: b/],
  ])
})

const noPrompt = noBash ?? whyNoTerminal()
test.skipIf(noPrompt)(named('bash at a prompt', noPrompt), () =>
  typedAtPrompt('bash --norc -i', 'source <(daypass completion bash)', [
    ['daypass schedule cre', /daypass schedule create /],
    ['daypass queue --stack=main/w', /--stack=main\/web\/dev /],
    ['daypass restore a.b', /daypass restore a\.backup /],
  ]),
)
