/**
 * `Get source` without a source: the program lies in the executor image, in its working directory. It is copied into
 * the job's folder, because an image is mounted read-only and belongs to other users.
 */
import type { StepContext, StepResult } from '../context.ts'
import { sourceEnvironment } from '../environment.ts'
import { failure } from '../failure.ts'
import { foundProgram, noProgram } from '../program.ts'
import { endedBadly } from '../run-step.ts'
import { LONGEST_PROJECT_BYTES } from './project-runtime.ts'

const EXIT = { noProgram: 22, copyFailed: 24 } as const

/** Arguments: where to copy to. */
const COPY_SCRIPT = `
for program in Pulumi.yaml Pulumi.yml Pulumi.json; do
  [ "$PWD" != / ] && [ -f "$program" ] || continue
  echo "The program in $PWD of the image"
  cp -R . "$1" || exit ${EXIT.copyFailed}
  printf 'image\\n%s\\n' "$program" >&3
  head -c ${LONGEST_PROJECT_BYTES} "$program" >&3
  exit 0
done
ls -1A | head -n 20 >&3
exit ${EXIT.noProgram}
`

export async function programFromImage(context: StepContext): Promise<StepResult> {
  const { launcher, paths, findings } = context
  if (launcher.name !== 'docker')
    return failure(
      'source_no_program',
      'The settings name no source, and this runner does not run executor images, in which the program would be.',
    )
  const { exit, facts } = await context.run({
    argv: ['/bin/sh', '-c', COPY_SCRIPT, 'sh', paths.imageProgram],
    env: sourceEnvironment(context),
    cwd: '.',
    fromImage: true,
    facts: true,
    interruptGroup: true,
  })
  if (exit.kind === 'exited' && exit.exitCode === EXIT.noProgram)
    return noProgram(
      "the image's working directory",
      facts,
      'Set WORKDIR in the image to the folder of the program, or name a source.',
    )
  if (exit.kind === 'exited' && exit.exitCode === EXIT.copyFailed)
    return failure(
      'source_failed',
      'The program in the image cannot be read by the user that jobs run as; make its files readable for all.',
    )
  const bad = endedBadly(exit)
  if (bad) return failure('sandbox_failed', `Copying the program out of the image ${bad}.`)
  return foundProgram(findings, paths.source, facts)
}
