/**
 * A runner whose only way out is a proxy, to servers with certificates of a private authority: its own calls, git's and
 * those of the programs in a job.
 */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type ConnectProxy,
  createAuthority,
  type PrivateAuthority,
  startConnectProxy,
} from './harness/runner/proxy.ts'
import { startRunner } from './harness/runner/runner-process.ts'
import { describeRunners } from './harness/runner/suite.ts'

/** The proxy alone knows these. */
const SERVER = 'daypass.example.test'
const GIT = 'git.example.test'
const PASSWORD = 'pass word-of-the-proxy'

describeRunners((suite) => {
  describe('behind a proxy and a private authority', () => {
    let proxy: ConnectProxy
    let authority: PrivateAuthority
    let server: string
    let repository: string
    let environment: Record<string, string>
    beforeAll(async () => {
      proxy = await startConnectProxy('robot', PASSWORD)
      authority = createAuthority()
      const [plane, git] = await Promise.all([
        authority.serve(SERVER, Number(new URL(suite.plane.url).port)),
        authority.serve(GIT, Number(new URL(suite.git.url).port)),
      ])
      server = `https://${SERVER}:${plane.port}`
      repository = `https://${GIT}:${git.port}/app.git`
      environment = {
        HTTPS_PROXY: `http://robot:${encodeURIComponent(PASSWORD)}@127.0.0.1:${proxy.port}`,
        NO_PROXY: 'not-by-proxy.example.test',
      }
      await suite.runner.stop()
      return async () => {
        await plane.close()
        await git.close()
        await proxy.close()
        authority.remove()
      }
    })

    test('everything goes through the proxy, and nothing is trusted that was not before', async () => {
      suite.runner = await suite.start({
        args: ['--server', server, '--ca-file', authority.file],
        env: environment,
      })
      const script = `fetch(process.argv[1], { headers: { authorization: 'x' } }).then((answer) => console.log('node got', answer.status), (error) => console.log(error.cause ?? error))`
      const shown = await suite.commands(
        [
          `node -e "${script.replaceAll('"', '\\"')}" ${server}/x; git ls-remote ${repository} | head -n 1
           pulumi whoami 2>&1
           env | grep -i -E '^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE)=' | sort
           cat $NODE_EXTRA_CA_CERTS; grep -c BEGIN $SSL_CERT_FILE; (echo x >>$SSL_CERT_FILE) 2>/dev/null && echo written; true`,
        ],
        { source: suite.source({ repoUrl: repository }), backendUrl: server },
      )
      expect(shown).toContain('node got 401')
      expect(shown).toMatch(/[0-9a-f]{40}\s+HEAD/)
      expect(shown).toMatch(/error: Unauthorized/)
      expect(shown).toContain('NO_PROXY=not-by-proxy.example.test,localhost,127.0.0.1')
      expect(shown).toContain('no_proxy=not-by-proxy.example.test,localhost,127.0.0.1')
      expect(shown).toMatch(/https_proxy=http:\/\/robot:\[secret\]@127\.0\.0\.1/)
      expect(shown).toContain(readFileSync(authority.file, 'utf8').split('\n')[1])
      expect(Number(/^(\d+)$/m.exec(shown)?.[1])).toBeGreaterThan(1)
      expect(shown).not.toContain('written')
      expect(suite.plane.allText()).not.toContain(PASSWORD)
      expect(suite.plane.allText()).not.toContain(encodeURIComponent(PASSWORD))
      expect(proxy.reached).toContain(new URL(server).host)
      expect(proxy.reached).toContain(new URL(repository).host)
    })

    test('without the authority the server is not believed', async () => {
      const runner = await startRunner({
        server,
        args: ['--launcher', 'plain', '--pulumi', process.env['DAYPASS_PULUMI'] ?? ''],
        env: environment,
      })
      onTestFinished(() => void runner.stop('SIGKILL'))
      await runner.waitFor(/does not answer \(.*certificate/)
    })

    test('a file that holds no certificate is refused at the start', async () => {
      const runner = await startRunner({
        server,
        args: ['--launcher', 'plain', '--ca-file', '/etc/hostname'],
        env: {},
      })
      onTestFinished(() => void runner.stop('SIGKILL'))
      await runner.waitFor(/The CA file \/etc\/hostname cannot be used: it holds no certificate/)
    })
  })
}, 'ends')
