/**
 * A real sshd on loopback for the current user, for tests of Git over SSH; undefined where none is installed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

export interface SshHost {
  /** `ssh://user@127.0.0.1:port` */
  readonly url: string
  readonly privateKey: string
  readonly encryptedPrivateKey: string
  readonly passphrase: string
  close(): Promise<void>
}

const SSHD = '/usr/sbin/sshd'

export async function startSshHost(): Promise<SshHost | undefined> {
  if (!existsSync(SSHD)) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'daypass-ssh-'))
  const passphrase = 'a passphrase of the key'
  const key = (name: string, secret: string): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', secret, '-f', join(folder, name)])
    return readFileSync(join(folder, name), 'utf8')
  }
  key('host', '')
  const privateKey = key('plain', '')
  const encryptedPrivateKey = key('encrypted', passphrase)
  writeFileSync(
    join(folder, 'authorized'),
    ['plain.pub', 'encrypted.pub'].map((name) => readFileSync(join(folder, name), 'utf8')).join(''),
  )
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const port = await freePort()
  writeFileSync(
    join(folder, 'config'),
    [
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${join(folder, 'authorized')}`,
      `PidFile ${join(folder, 'pid')}`,
      ...['StrictModes no', 'UsePAM no', 'PermitRootLogin prohibit-password', 'PasswordAuthentication no'],
      ...[`ListenAddress 127.0.0.1:${port}`, ''],
    ].join('\n'),
  )
  const sshd = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    sshd.stderr.on('data', (chunk: Buffer) => String(chunk).includes('listening') && resolve())
    sshd.once('exit', (code) => reject(new Error(`sshd ended with ${code}`)))
  })
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    privateKey,
    encryptedPrivateKey,
    passphrase,
    close: () =>
      new Promise((resolve) => {
        sshd.once('exit', () => {
          rmSync(folder, { recursive: true, force: true })
          resolve()
        })
        sshd.kill()
      }),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
