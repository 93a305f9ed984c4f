/**
 * How a job's programs reach their supervisor: the broker behind its relay. That programs are answered
 * on every launcher and as every user: `runner-isolation.test.ts`; in containers with a network of their own: `runner-docker.test.ts`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { jobIdentity } from '../runner/harness/fake-plane.ts'
import { childrenOf } from '../runner/src/launch/processes.ts'
import { describeRunners, until } from './harness/runner/suite.ts'

const TOKEN = /dpr-[0-9a-f]{40}/

describeRunners((suite) => {
  test('programs are answered, strangers are not, and a job whose relay is gone says so and ends', async () => {
    const ask =
      'curl -s -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL"'
    const many = `for i in $(seq 40); do curl -s -o /dev/null -w "%{http_code} " "$ACTIONS_ID_TOKEN_REQUEST_URL" & done; wait; echo`
    const looks = `find / -path /proc -prune -o -path /usr -prune -o -type s -print 2>/dev/null | sed 's/^/socket /'
       ls /opt/daypass/private; ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c bin/node`
    const ended = suite.run({
      identity: jobIdentity({ audiences: ['https://vault.example.com'] }),
      preRunCommands: [
        `trap 'echo saved; exit 7' INT; echo begun; ${ask} | cut -c1-24; ${many}; ${looks}
         echo "at $ACTIONS_ID_TOKEN_REQUEST_URL"; while :; do sleep 0.05; done`,
      ],
    })
    const output = () => suite.plane.text('Pre-run command 1').split('\nbegun\n')[1] ?? ''
    await until(() => output().includes('at http'))
    const said = output()
    expect(said).toMatch(/^\{"value":"ey/)
    expect(said).toMatch(/^(401 ){40}$/m)
    expect(said).not.toMatch(/^socket |door/m)
    expect(said).toMatch(/'\/opt\/daypass\/private': No such file(.*\n)*0\nat/)
    expect(suite.plane.allText()).not.toMatch(TOKEN)

    const port = Number(/at http:\/\/127\.0\.0\.1:(\d+)\//.exec(said)?.[1])
    const pid = relayOf(suite.runner.child.pid)
    // In a user namespace all others are "nobody", so that a runner of that name takes them for itself: the token decides.
    const isNobody = /^Uid:\s+65534\s/m.test(fileOf(pid, 'status'))
    if (process.getuid?.() === 0)
      expect(await answerTo(port)).toMatch(isNobody ? /^HTTP\/1\.1 401 / : /^ECONNRESET$/)
    expect(fileOf(pid, 'status')).toMatch(/^CapEff:\s+0+$/m)
    expect(fileOf(pid, 'environ')).not.toMatch(TOKEN)
    for (const process of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      expect(fileOf(Number(process), 'cmdline')).not.toMatch(TOKEN)

    process.kill(pid, 'SIGKILL')
    const { failure } = await ended
    expect(failure).toMatchObject({
      code: 'sandbox_failed',
      message: expect.stringMatching(/relay .* is gone/),
    })
    expect(output()).toMatch(/relay .* is gone.*\n(.*\n)*saved/)
    expect(suite.runner.said()).not.toMatch(TOKEN)
    await until(() =>
      suite.runnerFolders().every((folder) => !readdirSync(folder).some((name) => name.startsWith('job-'))),
    )
  })
}, 'ends')

/** How a stranger is answered: the test is another user than the job. */
async function answerTo(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write('GET /id-token HTTP/1.1\r\nHost: x\r\n\r\n')
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.once('data', (data) => {
      socket.destroy()
      resolve(data.toString())
    })
  })
}

function relayOf(runner: number | undefined): number {
  const found = descendantsOf(runner ?? 0).find((pid) =>
    /^[^\0]*node\0[^\0]*relay\.mjs\0/.test(fileOf(pid, 'cmdline')),
  )
  if (found === undefined) throw new Error('There is no relay.')
  return found
}

function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)])
}

function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}
