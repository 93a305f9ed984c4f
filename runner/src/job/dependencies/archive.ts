/**
 * What a job downloaded, as one archive: made in a sandbox of its own right after the dependencies were installed,
 * before anything that has credentials has run, so that none of those can be in it. Kept only if the update succeeds.
 */
import { createHash } from 'node:crypto'
import type { JobCache } from '@daypass/contract/job-protocol.ts'
import type { StepContext } from '../context.ts'
import { sourceEnvironment } from '../environment.ts'
import { endedBadly } from '../run-step.ts'
import type { DependencyPlan } from './choose.ts'

/** Raised when what is inside an archive changes its meaning. */
const FORMAT = 1

export interface KeyParts {
  readonly cache: JobCache
  /** System, processor, and the image if there is one. */
  readonly platform: string
  readonly plan: DependencyPlan & { readonly lock: NonNullable<DependencyPlan['lock']> }
  readonly toolVersion: string
}

/** As JSON, so that no two lists of parts can read the same. */
export function cacheKey({ cache, platform, plan, toolVersion }: KeyParts): string {
  const parts = [
    FORMAT,
    cache.scope,
    cache.generation,
    platform,
    plan.name,
    toolVersion,
    plan.lock.name,
    plan.lock.sha256,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

/** Arguments: the archive. */
const UNPACK = `tar -xf "$1" -C "$HOME"`

/** Arguments: the archive, the most bytes it may have, then folders below the home. */
const PACK = `
archive=$1 most=$2
shift 2
for folder in "$@"; do
  shift
  [ -d "$HOME/$folder" ] && set -- "$@" "$folder"
done
[ $# -gt 0 ] || exit 0
{ tar -cf - -C "$HOME" "$@" || echo failed >&3; } | head -c "$((most + 1))" >"$archive"
`

/** @returns how it failed, or undefined. */
export async function unpack(context: StepContext, path: string): Promise<string | undefined> {
  const { exit } = await context.run({
    argv: ['/bin/sh', '-c', UNPACK, 'sh', context.paths.cacheArchive],
    env: sourceEnvironment(context),
    cwd: context.paths.home,
    cacheArchive: { path, writable: false },
    interruptGroup: true,
  })
  return endedBadly(exit)
}

/** @returns how it failed, or undefined. */
export async function pack(
  context: StepContext,
  path: string,
  folders: readonly string[],
  mostBytes: number,
): Promise<string | undefined> {
  const { exit, facts } = await context.run({
    argv: ['/bin/sh', '-c', PACK, 'sh', context.paths.cacheArchive, String(mostBytes), ...folders],
    env: sourceEnvironment(context),
    cwd: context.paths.home,
    cacheArchive: { path, writable: true },
    facts: true,
    interruptGroup: true,
  })
  return endedBadly(exit) ?? (facts.includes('failed') ? 'it is too large, or could not be read' : undefined)
}
