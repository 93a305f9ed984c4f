/** What is deployed: a program without a plugin, in a repository that is served over HTTP, as from any git host. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGitHost } from '../../../demo/git-host.ts'
import { PROJECT } from '../daypass/api.ts'

const PROGRAM = `name: ${PROJECT}
runtime: yaml
resources:
  note:
    type: pulumi:index:Stash
    properties:
      input: a day pass
outputs:
  note: \${note.output}
`

export interface ServedProgram {
  readonly repoUrl: string
  readonly stop: () => Promise<void>
}

export async function serveProgram(): Promise<ServedProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-bench-program-'))
  const program = join(folder, 'program')
  await mkdir(program)
  await writeFile(join(program, 'Pulumi.yaml'), PROGRAM)
  const host = await startGitHost(program)
  return {
    repoUrl: host.repoUrl,
    stop: async () => {
      await host.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
