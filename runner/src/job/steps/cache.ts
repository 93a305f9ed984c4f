/**
 * `Restore cache` and `Save cache`: what an earlier update of the same stack downloaded for the same lock file. A job
 * gets a copy. Nothing that goes wrong here fails a deployment.
 */
import type { StepContext, StepResult } from '../context.ts'
import { unpack } from '../dependencies/archive.ts'
import { keyOf, planOf } from '../dependencies/plan.ts'

export async function restoreCache(context: StepContext): Promise<StepResult> {
  const { dependencyCache: store, log, findings } = context
  if (!store) {
    log.say('This runner keeps no cache; its owner can give it a folder for one with --cache-folder.')
    return undefined
  }
  if (!context.launcher.isolates) {
    log.say('Jobs without isolation share no cache: each could change what the others get.')
    return undefined
  }
  try {
    const plan = await planOf(context)
    if ('code' in plan || plan.kind !== 'install') {
      log.say('There is nothing to restore.')
      return undefined
    }
    const key = await keyOf(context, plan)
    if (key === undefined) {
      log.say(`Without a lock file (${plan.tool.locks.join(', ')}) nothing is cached.`)
      return undefined
    }
    const found = await store.find(key)
    const restored = found.kind === 'found' && (await restore(context, found.entry))
    findings.cache = { store, key, restored }
    if (found.kind === 'none') log.say(`Nothing was saved for this ${plan.lock?.name} yet.`)
    if (found.kind === 'damaged') log.say('What was saved is damaged; it was dropped.')
  } catch (error) {
    log.say(`The cache cannot be used: ${String(error)}`)
  }
  return undefined
}

async function restore(
  context: StepContext,
  { path, bytes }: { readonly path: string; readonly bytes: number },
): Promise<boolean> {
  const bad = await unpack(context, path)
  context.log.say(bad ? `Restoring ${bad}; going on without it.` : `Restored ${inMegabytes(bytes)}.`)
  return bad === undefined
}

/** Reached only when everything before it succeeded. */
export async function saveCache(context: StepContext): Promise<StepResult> {
  const { spec, log, findings } = context
  const { cache } = findings
  if (!cache) log.say('There is nothing to save.')
  else if (cache.restored) log.say('What was restored is what there is to save.')
  else if (!spec.cache?.mayWrite)
    log.say("Only an update of the branch in the stack's saved settings saves its dependencies.")
  else if (!cache.archive) log.say(`The dependencies are not saved: ${cache.why ?? 'they were not packed'}.`)
  else {
    try {
      const kept = await cache.archive.keep()
      log.say(kept ? 'Saved.' : 'Another deployment saved the same before.')
    } catch (error) {
      log.say(`The dependencies are not saved: ${String(error)}`)
    }
  }
  return undefined
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
