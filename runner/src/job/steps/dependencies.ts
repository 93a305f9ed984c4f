/**
 * `Download dependencies`: what the program's language needs before it can run. Foreign install scripts run here, so
 * the step has no credential at all.
 */
import type { StepContext, StepResult } from '../context.ts'
import { pack } from '../dependencies/archive.ts'
import type { DependencyPlan } from '../dependencies/choose.ts'
import { changeFolder, planOf, versionOf } from '../dependencies/plan.ts'
import { dependencyEnvironment } from '../environment.ts'
import { failure } from '../failure.ts'
import { endedBadly } from '../run-step.ts'

export async function installDependencies(context: StepContext): Promise<StepResult> {
  const { findings, log } = context
  const plan = await planOf(context)
  if ('code' in plan) return plan
  if (plan.kind === 'nothing') {
    log.say(plan.sentence)
    return undefined
  }
  if (plan.kind === 'impossible') return failure('dependency_tool_missing', plan.sentence)
  const major = plan.name === 'yarn' ? await majorOf(context, plan) : ''
  if (typeof major !== 'string') return major
  const { exit } = await context.run({
    argv: ['/bin/sh', '-c', `${changeFolder(plan)}\n${plan.tool.install}`, 'sh', ...argumentsOf(plan, major)],
    env: {
      ...dependencyEnvironment(context),
      ...(findings.cache?.restored ? { npm_config_prefer_offline: 'true' } : {}),
    },
    cwd: findings.programFolder,
    interruptGroup: true,
  })
  const bad = endedBadly(exit)
  if (bad) {
    return failure(
      'dependencies_failed',
      `Installing the dependencies with ${plan.name} ${bad}; see the lines above. (To install them in a pre-run command instead, set skipInstallDependencies.)`,
    )
  }
  await packForLater(context, plan)
  return undefined
}

function argumentsOf({ lock, virtualenv, viaCorepack }: DependencyPlan, major: string): readonly string[] {
  return [lock ? 'locked' : 'unlocked', virtualenv, viaCorepack ? 'corepack' : '', major]
}

/** Yarn 1 and its successors share a name and nothing else: the wrong one would fail with a riddle. */
async function majorOf(context: StepContext, plan: DependencyPlan): Promise<string | StepResult> {
  context.findings.toolVersion ??= await versionOf(context, plan)
  const version = context.findings.toolVersion
  const major = /^(\d+)\./.exec(version ?? '')?.[1]
  if (major === undefined)
    return failure('dependency_tool_missing', `yarn is there, but does not say its version.`)
  const pinned = /^\d+/.exec(plan.pinned ?? '')?.[0]
  if (pinned === undefined || pinned === major) return major
  return failure(
    'dependency_tool_missing',
    `package.json asks for yarn ${plan.pinned}, and yarn ${version} is installed where this job runs: ${plan.tool.toGet}.`,
  )
}

/** Only when an update may leave it for others, and it is not there already. It never fails the step. */
async function packForLater(context: StepContext, plan: DependencyPlan): Promise<void> {
  const { findings, log, job } = context
  const { cache } = findings
  if (!cache || cache.restored || !context.spec.cache?.mayWrite) return
  try {
    const archive = await cache.store.receive(cache.key, job.user)
    findings.cache = { ...cache, archive }
    const bad = await pack(context, archive.path, plan.tool.downloads, cache.store.mostBytes)
    const bytes = bad === undefined ? await archive.seal() : undefined
    if (bytes === undefined) {
      await archive.drop()
      findings.cache = { ...cache, why: bad ?? 'there is nothing in it, or more than fits' }
    }
  } catch (error) {
    log.say(`The cache cannot be used: ${String(error)}`)
    await findings.cache?.archive?.drop()
    findings.cache = { ...cache, why: 'the runner could not write it' }
  }
}
