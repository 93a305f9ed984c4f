/**
 * What a job can see and reach, on every launcher and as every user that this machine allows.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { JOB_TOKEN, jobIdentity, jobSpec, POOL_TOKEN, startFakePlane } from '../runner/harness/fake-plane.ts'
import { describeRunners, HIDDEN, processesWith, until } from './harness/runner/suite.ts'

describeRunners((suite) => {
  test('a job sees its own processes, files and variables, and nothing else of the machine', async () => {
    const secretFolder = mkdtempSync(join(tmpdir(), 'daypass-canary-'))
    onTestFinished(() => rmSync(secretFolder, { recursive: true }))
    writeFileSync(join(secretFolder, 'file'), HIDDEN)
    const socket = createServer()
    await new Promise<void>((resolve) => socket.listen(join(secretFolder, 'socket'), resolve))
    onTestFinished(() => void socket.close())
    // Another job of the same machine, with a runner of its own.
    const otherPlane = await startFakePlane()
    onTestFinished(() => otherPlane.close())
    const other = await suite.start('--server', otherPlane.url)
    onTestFinished(() => void other.stop('SIGKILL'))
    const environment = [{ name: 'CANARY', value: HIDDEN, secret: false }]
    const plant = `echo ${HIDDEN} | tee /deployment/canary /tmp/canary ~/canary; sleep 600`
    otherPlane.offer(jobSpec({ source: suite.source(), environment, preRunCommands: [plant] }))
    await until(() => otherPlane.text('Pre-run command 1').includes(`\n${HIDDEN}`))

    const seen = await suite.commands([
      `cat /proc/*/environ /proc/*/cmdline 2>/dev/null | tr '\\0' '\\n'
       for pid in $(ls /proc | grep '^[0-9]'); do ls -l /proc/$pid/fd /proc/$pid/root /proc/$pid/cwd 2>/dev/null; done
       grep -raIF '${HIDDEN.slice(0, 8)}''${HIDDEN.slice(8)}' / --exclude-dir=proc --exclude-dir=sys --exclude-dir=usr 2>/dev/null
       find / -path /proc -prune -o -path /usr -prune -o -type s -print 2>/dev/null | sed 's/^/socket /'
       ls -la / /root /home /var /run /srv /opt /opt/daypass 2>&1
       id; hostname
       for pid in $(ls /proc | grep '^[0-9]'); do [ $pid = $$ ] || head -c 1 /proc/$pid/mem 2>&1 >/dev/null; done
       ls -A /dev/shm /proc/sys/fs/mqueue 2>/dev/null; ipcs 2>/dev/null`,
    ])
    expect(seen).not.toContain(HIDDEN)
    expect(seen).not.toContain(POOL_TOKEN)
    expect(seen).not.toContain(JOB_TOKEN)
    expect(seen).not.toMatch(/^socket /m)
    expect(seen).not.toContain('pool-token')
    expect(seen).not.toContain('main.ts')
    expect(seen).toMatch(/cannot access '\/root'/)
    expect(seen).toMatch(/cannot access '\/var'/)
    expect(seen).toMatch(/cannot access '\/run'/)
    expect(seen).toContain('daypass-job')
    expect(seen).not.toMatch(/uid=0/)
  })

  test('a job has no privileges and no way to any', async () => {
    const shown = await suite.commands([
      `grep -E '^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status
       unshare --user true 2>&1; mount -t tmpfs none /tmp 2>&1; setpriv --reuid 0 true 2>&1
       for place in /x /usr/x /etc/x /opt/daypass/bin/x /mnt/pulumi/x /proc/sys/kernel/hostname; do echo x 2>/dev/null >$place && echo "wrote $place"; done
       kill -9 1 2>/dev/null && echo killed; ls /proc | grep -c '^[0-9]'`,
    ])
    expect(shown.match(/Cap\w+:\s+0+$/gm)).toHaveLength(4)
    expect(shown).toMatch(/NoNewPrivs:\s+1/)
    expect(shown).not.toMatch(/wrote/)
    expect(shown).toMatch(/unshare failed/)
    expect(shown).toMatch(/mount: .*(must be superuser|permission denied)/i)
  })

  test('what a step leaves running is dead before the next one begins', async () => {
    const marker = `8${Math.floor(Math.random() * 1e6)}`
    await suite.commands([
      `sleep ${marker} & setsid sleep ${marker} >/dev/null 2>&1 & (setsid sh -c '(trap "" INT TERM HUP; sleep ${marker}) &' >/dev/null 2>&1 &); exit 0`,
      `ps ax | grep 'slee[p] ${marker}' && echo 'something survived'; exit 0`,
    ])
    expect(suite.said(2)).not.toContain('survived')
    expect(processesWith(`sleep\0${marker}`)).toEqual([])
  })

  test('no credential reaches the source and dependency steps; the program has all of them', async () => {
    suite.git.create('npm', {
      'Pulumi.yaml': 'name: web\nruntime: nodejs\n',
      'package.json': JSON.stringify({
        name: 'web',
        version: '1.0.0',
        scripts: { preinstall: 'env | sort' },
      }),
      'package-lock.json': JSON.stringify({
        name: 'web',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: { '': { name: 'web', version: '1.0.0', hasInstallScript: true } },
      }),
    })
    const environment = [
      { name: 'PLAIN', value: 'plain-value', secret: false },
      { name: 'HIDDEN', value: 'hidden-value', secret: true },
      { name: 'SOME_TOKEN', value: 'careless-value', secret: false },
    ]
    const identity = jobIdentity({ configJson: '{"aws":{}}' })
    const shown = await suite.commands(
      [
        'curl -s -o /dev/null -w "asked: %{http_code}\\n" -H "Authorization: Bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL"; env | sort; cat /mnt/pulumi/pulumi.oidc | base64 -w0; test "$(cat $PULUMI_OIDC_TOKEN_FILE)" = "$PULUMI_OIDC_TOKEN" && echo same token',
      ],
      { environment, identity, source: suite.source({ repoUrl: `${suite.git.url}/npm.git` }) },
    )
    const installed = suite.plane.text('Download dependencies')
    expect(installed, suite.plane.allText()).toContain('npm ci')
    expect(installed).toContain('PLAIN=plain-value')
    expect(installed).not.toMatch(/HIDDEN|SOME_TOKEN|PULUMI_ACCESS_TOKEN|OIDC|AWS_/)
    expect(shown).toMatch(/HIDDEN=\[secret\]/)
    expect(shown).toMatch(/PULUMI_ACCESS_TOKEN=\[secret\]/)
    expect(shown).toMatch(/PULUMI_OIDC_TOKEN=\[secret\]/)
    expect(shown).toContain('PULUMI_DEPLOY_OIDC_CONFIG={"aws":{}}')
    expect(shown).toContain('same token')
    expect(shown).toContain('asked: 200')
    for (const { token } of suite.plane.minted) expect(suite.plane.allText()).not.toContain(token)
    expect(suite.plane.text('Fetch credentials via OIDC')).toContain('Issuer https://i.example')
  })

  test('without an oidc block a job holds no token at all', async () => {
    const before = suite.plane.minted.length
    const shown = await suite.commands(['env; ls -A /mnt/pulumi'])
    expect(shown).not.toMatch(/OIDC|pulumi\.oidc/)
    expect(suite.plane.minted).toHaveLength(before)
  })

  test('a variable that would run code in a launcher reaches the program only', async () => {
    const environment = ['LD_PRELOAD', 'BASH_ENV', 'ENV', 'LD_LIBRARY_PATH'].map((name) => ({
      name,
      value: '/deployment/evil.so',
      secret: false,
    }))
    const quoted = { name: 'QUOTED', value: `it's "$(touch /tmp/pwned)" \\ \n two`, secret: false }
    const shown = await suite.commands(
      [`printf '%s|' "$QUOTED" "$ENV"; test -e /tmp/pwned || echo unharmed`],
      {
        environment: [...environment, quoted],
      },
    )
    expect(shown).toContain(`it's "$(touch /tmp/pwned)" \\ \n two|/deployment/evil.so|`)
    expect(shown).toContain('unharmed')
  })
})
