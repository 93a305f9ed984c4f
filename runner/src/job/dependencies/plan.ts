/** What a job's dependencies need, found out once and used by the steps that restore, install and save them. */
import type { StepContext } from '../context.ts'
import { dependencyEnvironment } from '../environment.ts'
import { type Failure, failure } from '../failure.ts'
import { endedBadly } from '../run-step.ts'
import { cacheKey } from './archive.ts'
import { type Choice, chooseTool, type DependencyPlan } from './choose.ts'
import { INSPECT, type Inspection, parseInspection } from './inspect.ts'

const LONGEST_VERSION = 100

/** Looks at the program the first time, remembers it for the second. */
export async function planOf(context: StepContext): Promise<Choice | Failure> {
  const { findings } = context
  findings.dependencies ??= await makePlan(context)
  return findings.dependencies
}

async function makePlan(context: StepContext): Promise<Choice | Failure> {
  const { findings } = context
  // Needs no look at the program.
  const without = chooseTool(findings.runtime, NOTHING_SEEN)
  if (without.kind === 'nothing' && without.sentence.startsWith('A program in')) return without
  const { exit, facts } = await context.run({
    argv: INSPECT,
    env: dependencyEnvironment(context),
    cwd: findings.programFolder,
    facts: true,
    interruptGroup: true,
  })
  const inspection = endedBadly(exit) === undefined ? parseInspection(facts) : undefined
  if (inspection === undefined)
    return failure('dependencies_failed', `The program could not be looked at: ${endedBadly(exit)}.`)
  return chooseTool(findings.runtime, inspection)
}

const NOTHING_SEEN: Inspection = { levels: [], packageManager: undefined, programs: new Set() }

/** Where it runs, as words for a shell that stands in the program's folder. */
export function changeFolder({ tool, up }: DependencyPlan): string {
  const levels = tool.runsIn === 'place' ? up : 0
  return ['cd -P . || exit 1', ...Array.from({ length: levels }, () => 'cd -P .. || exit 1')].join('\n')
}

/** The first line that the tool says about itself, or undefined when it does not run. */
export async function versionOf(context: StepContext, plan: DependencyPlan): Promise<string | undefined> {
  const { findings } = context
  const words = plan.viaCorepack ? ['corepack', ...plan.tool.version] : plan.tool.version
  const { exit, facts } = await context.run({
    argv: ['/bin/sh', '-c', `${changeFolder(plan)}\n"$@" >&3`, 'sh', ...words],
    env: dependencyEnvironment(context),
    cwd: findings.programFolder,
    facts: true,
    interruptGroup: true,
  })
  const first = facts.split('\n')[0]?.trim().slice(0, LONGEST_VERSION)
  return endedBadly(exit) === undefined && first ? first : undefined
}

/** Undefined when the job has no cache, or nothing fixes what would be in it. */
export async function keyOf(context: StepContext, plan: DependencyPlan): Promise<string | undefined> {
  const { spec, launcher, findings } = context
  const { lock } = plan
  if (!spec.cache || !lock) return undefined
  findings.toolVersion ??= await versionOf(context, plan)
  if (findings.toolVersion === undefined) return undefined
  return cacheKey({
    cache: spec.cache,
    platform: launcher.platform(),
    plan: { ...plan, lock },
    toolVersion: findings.toolVersion,
  })
}
