/**
 * The launcher for executor images: each step in a container of its own, over the one folder of the job.
 *
 * A container has no privileges, no way to any, a read-only image, limits, and no mount but the job's own folders. The
 * engine's socket is never inside. Whoever may speak to that socket is root on the machine: the runner is then too.
 *
 * Where containers have a network of their own, the job's relay (`job/broker/`) has one too, and the steps that may ask it
 * share that one, as the containers of a Kubernetes pod do. The other steps have another, and cannot reach it.
 */
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { ExecutorImage } from '@daypass/contract/job-protocol.ts'
import type { Job, JobPaths, Launcher } from '../launcher.ts'
import { INSIDE, SANDBOX_PATHS } from '../layout.ts'
import { type ContainerLimits, containerFiles } from './command-line.ts'
import { runContainer } from './container.ts'
import { type Engine, engineVersion, type PullPolicy, provideImage } from './engine.ts'
import { IMAGE_PATH } from './entry.ts'
import type { OwnNode } from './own-node.ts'

export interface DockerOptions {
  readonly engine: Engine
  readonly network: string
  readonly limits: ContainerLimits
  readonly pull: PullPolicy
  readonly pullTimeoutSeconds: number
  readonly labels: Readonly<Record<string, string>>
  /** Files of the runner that jobs may read: certificates. */
  readonly files: readonly { readonly from: string; readonly to: string }[]
  readonly ownNode: OwnNode
  readonly randomUuid: () => string
}

/** It copies bytes, for a few hundred connections at most. */
const RELAY_LIMITS: ContainerLimits = { memoryMegabytes: 256, cpus: 1, processes: 64 }

/** For one job. @param backendUrl What `pulumi` in it has to reach. */
export function dockerLauncher(options: DockerOptions, image: ExecutorImage, backendUrl: string): Launcher {
  const { engine, ownNode } = options
  const paths: JobPaths = {
    ...SANDBOX_PATHS,
    pulumi: 'pulumi',
    node: ownNode.argv,
    searchPath: IMAGE_PATH,
  }
  let imageId: string | undefined
  let relay: string | undefined
  return {
    name: 'docker',
    isolates: true,
    platform: () => `docker/${process.arch}/${imageId}`,
    paths: () => paths,
    async prepare(job, { say, interrupt }) {
      if (options.network !== 'host' && isLoopback(backendUrl)) {
        return `In a container ${backendUrl} is the container itself: start the server with a --base-url that containers can reach, or the runner with --docker-network host.`
      }
      const { config } = containerFiles(job.folder.path)
      await writeContainerFiles(job)
      const { ok, complaint } = await engineVersion(engine, config)
      if (!ok) return `No Docker engine answers on the runner's machine: ${complaint}`
      const provided = await provideImage(engine, image, {
        policy: options.pull,
        configFolder: config,
        signal: AbortSignal.any([interrupt, AbortSignal.timeout(options.pullTimeoutSeconds * 1000)]),
        say,
      })
      if ('complaint' in provided)
        return `The image ${image.reference} cannot be had: ${provided.complaint}. Check its name, and the credentials in executorContext.executorImage.`
      imageId = provided.id
      say(`Image ${image.reference} (${imageId})`)
      return undefined
    },
    furnish: writeContainerFiles,
    run(job, step) {
      if (imageId === undefined) throw new Error('A step was run before its image was there.')
      const { factsPipe, passwd, group } = containerFiles(job.folder.path)
      const name = `daypass-${options.randomUuid()}`
      const isRelay = step.relay === 'is'
      if (isRelay) relay = name
      const joins = step.relay === 'reaches' && relay !== undefined && options.network !== 'host'
      const running = runContainer(engine, job, step, {
        ...options,
        name,
        imageId,
        network: joins ? `container:${relay}` : options.network,
        limits: isRelay ? RELAY_LIMITS : options.limits,
        factsPipe,
        files: [
          { from: passwd, to: '/etc/passwd' },
          { from: group, to: '/etc/group' },
          ...options.files,
          ...(isRelay ? ownNode.files : []),
        ],
      })
      if (isRelay)
        void running.ended.then(() => {
          relay = undefined
        })
      return running
    },
  }
}

/** The job's user has a name inside, as ssh and others want it. */
async function writeContainerFiles({ folder, user }: Job): Promise<void> {
  const { factsPipe, passwd, group, config } = containerFiles(folder.path)
  await mkdir(config, { mode: 0o700 })
  await promisify(execFile)('mkfifo', ['-m', '0600', factsPipe], { env: { PATH: '/usr/bin:/bin' } })
  await chown(factsPipe, user.uid, user.gid)
  const root = user.uid === 0
  const names = [
    ...(root ? [] : ['root:x:0:0:root:/nonexistent:/bin/false']),
    `job:x:${user.uid}:${user.gid}::${INSIDE.home}:/bin/sh`,
    'nobody:x:65534:65534:nobody:/nonexistent:/bin/false',
  ]
  const groups = [...(root ? [] : ['root:x:0:']), `job:x:${user.gid}:`, 'nogroup:x:65534:']
  await writeFile(passwd, `${names.join('\n')}\n`)
  await writeFile(group, `${groups.join('\n')}\n`)
  // Whatever the runner's umask is.
  for (const file of [passwd, group]) await chmod(file, 0o644)
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
}
