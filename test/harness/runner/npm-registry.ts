/** A registry of one package, as much of one as `npm ci` asks for: it serves a tarball, and counts how often. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NpmRegistry {
  /** How often the tarball was fetched. */
  readonly fetched: () => number
  /** Files of a program that depends on the package; `more` goes into the lock file, and changes its hash. */
  program(more?: string): Readonly<Record<string, string>>
  close(): Promise<void>
}

export async function startNpmRegistry(): Promise<NpmRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-registry-'))
  mkdirSync(join(folder, 'package'))
  writeFileSync(join(folder, 'package/package.json'), '{"name": "dependency", "version": "1.0.0"}')
  writeFileSync(join(folder, 'package/index.js'), 'module.exports = "from the registry"\n')
  execFileSync('tar', ['-czf', join(folder, 'd.tgz'), '-C', folder, 'package'])
  const tarball = readFileSync(join(folder, 'd.tgz'))
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  rmSync(folder, { recursive: true })
  let count = 0
  const server = createServer((_request, response) => {
    count += 1
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(tarball)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const dependencies = { dependency: '1.0.0' }
  return {
    fetched: () => count,
    program: (more = '') => ({
      'Pulumi.yaml': 'name: web\nruntime: nodejs\n',
      'package.json': JSON.stringify({ name: 'web', version: '1.0.0', dependencies }),
      'package-lock.json': JSON.stringify({
        name: 'web',
        version: '1.0.0',
        lockfileVersion: 3,
        requires: true,
        packages: {
          '': { name: 'web', version: '1.0.0', dependencies },
          'node_modules/dependency': {
            version: '1.0.0',
            resolved: `http://127.0.0.1:${port}/dependency-1.0.0.tgz`,
            integrity,
          },
        },
        more,
      }),
      'index.js': 'console.log(require("dependency"))\n',
    }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
