// What a hostile program inside a job can reach: not our tokens' way to a colleague's eyes, not the runner, not the
// server, not the next step, and nothing after its own end.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { searchForSecrets } from '../demo/secret-search.ts'
import { tablesOf } from '../demo/tables.ts'
import { generateSigningKey } from '../server/src/issuer/database-signer.ts'
import { signWith } from '../server/src/issuer/sign.ts'
import { processesWith } from './harness/processes.ts'
import { PROGRAM, type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

const CANARY = 'canary-2c1f0b7e'
const LAUNCHERS = ['bubblewrap', 'unshare'] as const

test('a Node.js program that prints its tokens: none is in the events, the state or the log', async () => {
  const program = join(import.meta.dirname, 'fixtures/prints-its-token')
  const system = await start('auto', program)
  try {
    // The sandbox has no npm configuration of this machine's user; the registry is where this machine has it.
    const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim()
    const context = {
      preRunCommands: ['echo "$PULUMI_OIDC_TOKEN" "$PULUMI_ACCESS_TOKEN"'],
      environmentVariables: { npm_config_registry: registry, NODE_USE_SYSTEM_CA: '1' },
    }
    const ended = await system.deploy(
      'dev',
      deploymentRequest({ repoUrl: system.repoUrl, awsUrl: system.aws.url }, { context }),
    )
    expect(ended.status, ended.log).toBe('succeeded')
    expect(ended.log).toContain('token length')
    expect(ended.log).not.toMatch(/eyJ[A-Za-z0-9_-]{10,}\.eyJ|pul-[0-9a-f]{40}/)

    const { database } = system
    const kid = (await database.db.query<{ kid: string }>('select kid from signing_keys')).rows[0]?.kid ?? ''
    // Every token of ours names its key in its header, so one search finds them all, in base64 and in base64 of that.
    const named = `"kid":"${kid}"`
    const tokens = [
      { name: 'a token of our key', value: named },
      {
        name: 'the same, encoded again',
        value: Buffer.from(`{"alg":"RS256",${named}`).toString('base64url').slice(4, -4),
      },
    ]
    const example = await signWith({ kid, sign: (await generateSigningKey()).sign })({})
    const control = await searchForSecrets(
      tokens,
      [],
      onePlace(`printed ${Buffer.from(example).toString('base64')} ${example}`),
    )
    expect(new Set(control.findings.map(({ secret }) => secret)).size).toBe(2)

    const places = tablesOf({ query: (text) => database.db.query(text) })
    const found = await searchForSecrets(tokens, ['token length', 'printed'], places)
    expect(found).toMatchObject({ findings: [], missingMarkers: [] })
    const events = await database.db.query<{ body: string }>('select body from update_events')
    expect(events.rows.map(({ body }) => body).join('\n')).not.toMatch(/pul-[0-9a-f]{40}/)
  } finally {
    await system.stop()
  }
})

describe.each(LAUNCHERS)('under %s', (launcher) => {
  let system: System
  beforeAll(async () => {
    system = await start(launcher, PROGRAM)
  })
  afterAll(() => system?.stop())

  test('a job that looks everywhere meets neither the runner’s token and environment, nor the server’s keys, nor PostgreSQL', async () => {
    const { server, runner } = system
    const key = readFileSync(join(server.dataFolder, 'master-key'), 'utf8').trim()
    // What is looked for is spelled so that the command's own text, which it also finds, does not match.
    const look = [
      'for f in /proc/[0-9]*/environ /proc/[0-9]*/cmdline; do tr "\\0" "\\n" <$f 2>/dev/null; done',
      'find / -xdev \\( -type s -o -name "*.s.PGSQL*" \\) 2>/dev/null | sed "s/^/socket /"',
      'cat /proc/net/unix | grep -c PGSQL | sed "s/^/abstract /"',
      `grep -rlsE "${key.slice(0, 20)}|dpp-[0-9a-f]{40}|dpj-[0-9a-f]{40}|${CANARY.replace('-', '[-]')}" / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr --exclude-dir=deployment 2>/dev/null | sed "s/^/file /"`,
      `ls -d ${server.dataFolder} /root/* /home/*/.ssh /var/lib/* /dev/shm/* 2>/dev/null | sed "s/^/path /"`,
      `kill -0 ${runner.pid} 2>/dev/null && echo "sees-$((40+2))"; kill -0 ${server.pid} 2>/dev/null && echo "sees-$((40+2))"`,
      'grep -E "^(CapEff|NoNewPrivs):" /proc/self/status; id -u',
    ].join('\n')
    const ended = await system.deploy('dev', withCommands(system, [look, 'echo -n x > caller.txt']))
    expect(ended.status, ended.log).toBe('succeeded')
    const said = ended.log.slice(ended.log.lastIndexOf('$ for f'))
    // The command itself is printed first, so its words are looked for in what came after it.
    const found = said.slice(said.indexOf('id -u') + 5)
    expect(found).not.toMatch(/dpp-[0-9a-f]{40}|dpj-[0-9a-f]{40}/)
    expect(found).not.toContain(CANARY)
    expect(found).not.toMatch(/^(socket|file|path) /m)
    expect(found).not.toContain('sees-42')
    expect(found).toMatch(/CapEff:\s+0+\n/)
    expect(found).toMatch(/NoNewPrivs:\s+1/)
  })

  test('a process that forks and stays is dead when its step ends', async () => {
    const marker = `31${Math.floor(Math.random() * 1e6)}`
    const stay = `setsid sh -c 'sleep ${marker} & sleep ${marker}' >/dev/null 2>&1 & (trap "" HUP TERM INT; sleep ${marker}) >/dev/null 2>&1 & echo left`
    const ended = await system.deploy(
      'dev',
      withCommands(system, [stay, `pgrep -f "[s]leep ${marker}" || echo nobody; echo -n x > caller.txt`]),
    )
    expect(ended.status, ended.log).toBe('succeeded')
    expect(ended.log).toMatch(/^nobody$/m)
    expect(processesWith(`sleep ${marker}`)).toEqual([])
  })

  test('the steps that clone and install have no credential, and one job does not see another’s files', async () => {
    const hide = `echo ${CANARY}-other > /tmp/secret; echo ${CANARY}-other > $HOME/secret; echo -n x > caller.txt`
    await system.deploy('dev', withCommands(system, [hide]))
    const ended = await system.deploy(
      'dev',
      withCommands(system, ['ls -A /tmp $HOME; echo -n x > caller.txt']),
    )
    expect(ended.log).not.toMatch(/^secret$/m)
  })
})

async function* onePlace(text: string) {
  yield { name: 'example', bytes: Buffer.from(text) }
}

function start(launcher: string, program: string): Promise<System> {
  return startSystem({
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
    runnerFlags: ['--launcher', launcher],
    runnerEnv: { CANARY },
    program,
  }).then(async (system) => {
    await system.addStack('dev')
    return system
  })
}

function withCommands(system: System, preRunCommands: readonly string[]): object {
  return deploymentRequest(
    { repoUrl: system.repoUrl, awsUrl: system.aws.url },
    { context: { preRunCommands } },
  )
}
