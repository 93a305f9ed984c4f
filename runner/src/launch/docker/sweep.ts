/**
 * Removes containers of runners that were killed together with what should have ended their containers (a machine that
 * went down, a service that was stopped with all its processes).
 */
import { existsSync } from 'node:fs'
import { type Engine, runDocker } from './engine.ts'

/** Of the machine, as its runners see it: others' containers on a shared engine are not ours to judge. */
const HOST_LABEL = 'dev.daypass.host'
/** Gone when the runner is: its work folder is removed by the runner itself, or by the next one. */
const FOLDER_LABEL = 'dev.daypass.work-folder'

export function containerLabels(host: string, workFolder: string): Readonly<Record<string, string>> {
  return { [HOST_LABEL]: host, [FOLDER_LABEL]: workFolder }
}

/** @returns how many were removed; 0 also where no engine answers. */
export async function sweepContainers(engine: Engine, configFolder: string, host: string): Promise<number> {
  const listed = await runDocker(engine, configFolder, [
    ...['ps', '--all', '--no-trunc', '--filter', `label=${HOST_LABEL}=${host}`],
    ...['--format', `{{.ID}} {{.Label "${FOLDER_LABEL}"}}`],
  ])
  if (!listed.ok) return 0
  const left = listed.output.split('\n').flatMap((line) => {
    const [, id, folder] = /^([0-9a-f]{12,64}) (\/.+)$/.exec(line) ?? []
    return id && folder && !existsSync(folder) ? [id] : []
  })
  for (const id of left) await runDocker(engine, configFolder, ['rm', '--force', '--volumes', id])
  return left.length
}
