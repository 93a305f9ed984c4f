/** What the numbers were measured on, and with which programs. */
import { execFile } from 'node:child_process'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import { promisify } from 'node:util'
import { findPackage } from '../../server/src/db/embedded/binaries.ts'

/** A name and what stands for it, in the order in which a reader wants them. */
export type Machine = readonly (readonly [string, string])[]

export async function describeMachine(now: Date, pulumi: string | undefined): Promise<Machine> {
  return [
    ['Date', now.toISOString().slice(0, 10)],
    ['Processor', `${cpus()[0]?.model.trim() || 'unknown'}, ${availableParallelism()} cores`],
    ['Memory', `${(totalmem() / 1024 ** 3).toFixed(1)} GiB`],
    ['System', `${type()} ${release()}`],
    ['Node.js', process.version.slice(1)],
    ['PostgreSQL', `${releaseOf(findPackage().version)}, the embedded one, with its durable settings`],
    ['pulumi', pulumi === undefined ? 'none' : (await versionOf(pulumi)).replace(/^v/, '')],
  ]
}

/** The package counts its own builds behind the version of PostgreSQL. */
function releaseOf(packageVersion: string): string {
  return packageVersion.replace(/(?:\.0)?(?:-.*)?$/, '')
}

async function versionOf(pulumi: string): Promise<string> {
  return (await promisify(execFile)(pulumi, ['version'])).stdout.trim()
}
