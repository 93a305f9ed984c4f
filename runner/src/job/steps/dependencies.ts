/**
 * `Download dependencies`: what the program's language needs before it can run. Foreign install scripts run here, so
 * the step has no credential at all.
 */
import type { StepContext, StepResult } from '../context.ts'
import { dependencyEnvironment } from '../environment.ts'
import { failure } from '../failure.ts'
import { endedBadly } from '../run-step.ts'

export async function installDependencies(context: StepContext): Promise<StepResult> {
  const { findings, log } = context
  // Pulumi.yaml may say `constructor`.
  const script = Object.hasOwn(SCRIPTS, findings.runtime) ? SCRIPTS[findings.runtime] : undefined
  if (script === undefined) {
    log.say(`A program in ${findings.runtime} has no dependencies to install.`)
    return undefined
  }
  const { exit } = await context.run({
    argv: ['/bin/sh', '-c', script, 'sh'],
    env: dependencyEnvironment(context),
    cwd: findings.programFolder,
    interruptGroup: true,
  })
  const bad = endedBadly(exit)
  if (!bad) return undefined
  return failure(
    'dependencies_failed',
    `Installing the dependencies ${bad}; see the lines above. (To install them in a pre-run command instead, set skipInstallDependencies.)`,
  )
}

/** The lock file decides which tool; the file may lie above the program, in the root of a workspace. */
const NODEJS = `
find_up() {
  folder=$PWD
  while :; do
    [ -f "$folder/$1" ] && { printf '%s\\n' "$folder"; return; }
    [ "$folder" = / ] || [ -e "$folder/.git" ] && return 1
    folder=\${folder%/*}; folder=\${folder:-/}
  done
}
have() { command -v "$1" >/dev/null 2>&1; }
run() { echo "$*"; "$@"; }
if at=$(find_up package-lock.json) || at=$(find_up npm-shrinkwrap.json); then
  have npm || { echo "npm is not installed on the runner's machine."; exit 1; }
  cd "$at" && run npm ci --no-fund --no-audit
elif at=$(find_up pnpm-lock.yaml); then
  have pnpm || { echo "The program has a pnpm-lock.yaml, and pnpm is not installed on the runner's machine."; exit 1; }
  cd "$at" && run pnpm install --frozen-lockfile
elif at=$(find_up yarn.lock); then
  have yarn || { echo "The program has a yarn.lock, and yarn is not installed on the runner's machine."; exit 1; }
  cd "$at" || exit 1
  case $(yarn --version) in
  1.*) run yarn install --frozen-lockfile ;;
  *) run yarn install --immutable ;;
  esac
elif at=$(find_up package.json); then
  have npm || { echo "npm is not installed on the runner's machine."; exit 1; }
  cd "$at" && run npm install --no-fund --no-audit
else
  echo "There is no package.json, so there is nothing to install."
fi
`

/** Pulumi's own command knows pip, poetry and uv, and the virtual environment that Pulumi.yaml names. */
const BY_PULUMI = `
echo "pulumi install --no-plugins"
exec pulumi install --no-plugins
`

const GO = `
[ -f go.mod ] || { echo "There is no go.mod, so there is nothing to download."; exit 0; }
command -v go >/dev/null 2>&1 || { echo "go is not installed on the runner's machine."; exit 1; }
echo "go mod download"
exec go mod download
`

/** By Pulumi's names of runtimes. What is not here needs nothing (yaml) or is restored by its own build. */
const SCRIPTS: Readonly<Record<string, string>> = {
  nodejs: NODEJS,
  bun: BY_PULUMI,
  python: BY_PULUMI,
  go: GO,
  dotnet: BY_PULUMI,
}
