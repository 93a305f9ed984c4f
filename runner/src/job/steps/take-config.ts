/**
 * `Stack configuration`: a review stack has the config file of its template, unless the repository has one for it.
 *
 * The files are a stranger's: they are looked at and copied where the job runs, and not by the supervisor.
 */
import type { StepContext, StepResult } from '../context.ts'
import { failure } from '../failure.ts'
import { endedBadly } from '../run-step.ts'

/**
 * Arguments: the stack and its template. What the service has encrypted opens for the template alone; with a passphrase or a
 * key of a cloud it opens for whoever has that.
 */
const TAKE = `
own="Pulumi.$1.yaml"
if [ -e "$own" ] || [ -L "$own" ]; then echo "own:$own" >&3; exit 0; fi
for from in Pulumi.pr.yaml "Pulumi.$2.yaml"; do
  [ -f "$from" ] || continue
  if grep -Eq "(^|[^A-Za-z0-9_-])secure[\\"']?[[:space:]]*:" "$from" &&
     ! grep -Eq "^[\\"']?(encryptionsalt|encryptedkey)[\\"']?[[:space:]]*:" "$from"; then
    echo "secret:$from" >&3; exit 0
  fi
  cat -- "$from" > "$own" || exit 1
  echo "took:$from" >&3; exit 0
done
echo none: >&3
`

export async function takeConfig(context: StepContext): Promise<StepResult> {
  const { spec, findings, log } = context
  const own = `Pulumi.${spec.stack}.yaml`
  const template = spec.templateStack ?? ''
  const { exit, facts } = await context.run({
    argv: ['/bin/sh', '-c', TAKE, 'sh', spec.stack, template],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
    cwd: findings.programFolder,
    facts: true,
  })
  const bad = endedBadly(exit)
  if (bad) return failure('stack_config_refused', `Copying the configuration to ${own} ${bad}.`)
  const [, kind, from = ''] = /^(own|secret|took|none):(.*)/.exec(facts) ?? []
  switch (kind) {
    case 'own':
      log.say(`The repository has ${own}.`)
      return undefined
    case 'took':
      log.say(`The configuration is that of ${from}.`)
      return undefined
    case 'none':
      log.say(`There is no ${own}, and neither Pulumi.pr.yaml nor Pulumi.${template}.yaml to take.`)
      return undefined
    case 'secret':
      return failure(
        'stack_config_refused',
        `${from} has secrets that are encrypted for the stack ${template} alone. Put what review stacks need into Pulumi.pr.yaml without secrets, and secrets into environment variables of the template’s deployment settings.`,
      )
    default:
      return failure('stack_config_refused', `Looking for the configuration of ${own} said nothing.`)
  }
}
