/** A token of a real SoftHSM (Debian: `softhsm2`), in a folder of its own. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pkcs11Options } from '../../server/src/pkcs11/connection.ts'

const MODULES = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
]
const PIN = '4321'
export const SECURITY_OFFICER_PIN = '12345678'

export interface TestToken {
  readonly options: Pkcs11Options
  /** As `daypass serve` takes them, without `--signer`. */
  readonly flags: readonly string[]
  readonly pin: string
  /** As if it were pulled out of its slot, and put back. */
  pullOut(): void
  putBack(): void
  /** SoftHSM's own tool. */
  util(...args: string[]): string
  remove(): void
}

export function whyNoSoftHsm(): string | undefined {
  return moduleHere() === undefined ? 'SoftHSM is not installed here (Debian: softhsm2)' : undefined
}

function moduleHere(): string | undefined {
  return MODULES.find((path) => existsSync(path))
}

export function makeToken(label = 'daypass'): TestToken {
  const module = moduleHere()
  if (module === undefined) throw new Error('Ask whyNoSoftHsm first.')
  const folder = mkdtempSync(join(tmpdir(), 'daypass-softhsm-'))
  const [tokens, away, settings, pinFile] = ['tokens', 'away', 'softhsm2.conf', 'pin'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string]
  mkdirSync(tokens)
  writeFileSync(settings, `directories.tokendir = ${tokens}\nlog.level = ERROR\n`)
  writeFileSync(pinFile, `${PIN}\n`, { mode: 0o600 })
  const environment = { PATH: process.env['PATH'], SOFTHSM2_CONF: settings }
  const util = (...args: string[]) =>
    execFileSync('softhsm2-util', args, { env: environment, encoding: 'utf8', stdio: 'pipe' })
  util('--init-token', '--free', '--label', label, '--so-pin', SECURITY_OFFICER_PIN, '--pin', PIN)
  return {
    options: { module, token: label, pinFile, environment },
    flags: ['--pkcs11-module', module, '--pkcs11-token', label, '--pkcs11-pin-file', pinFile],
    pin: PIN,
    pullOut() {
      renameSync(tokens, away)
      mkdirSync(tokens)
    },
    putBack() {
      rmSync(tokens, { recursive: true })
      renameSync(away, tokens)
    },
    util,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
