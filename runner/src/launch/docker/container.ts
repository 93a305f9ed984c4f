/**
 * One step's container, from its start to when nothing of it lives.
 *
 * The engine does not end a container with the runner that asked for it. So a small process outside of it waits for the
 * runner's end, and then kills it: a job must not outlive its lease, whatever runs in it.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentScript } from '../entry.ts'
import type { Job, RunningStep, StepExit, StepProcess } from '../launcher.ts'
import { exitOf, notStarted, readFacts, send } from '../spawn.ts'
import { type ContainerOptions, containerFiles, runArguments } from './command-line.ts'
import { type Engine, engineEnvironment, runDocker } from './engine.ts'

const REMOVAL_TRIES = 20
const REMOVAL_PAUSE_MS = 250

/** Arguments: the command that kills the container. It may not exist yet when the runner dies. */
const KILL_WITH_RUNNER = `
cat >/dev/null
for second in 1 2 3 4 5 6 7 8 9 10; do
  "$@" >/dev/null 2>&1 && exit 0
  sleep 1
done
`

export function runContainer(
  engine: Engine,
  job: Job,
  step: StepProcess,
  options: ContainerOptions,
): RunningStep {
  const { config, factsPipe } = containerFiles(job.folder.path)
  const env = engineEnvironment(engine, config)
  const command = (...args: string[]) => runDocker(engine, config, args)

  const reader = openSync(job.folder.outputPipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(job.folder.outputPipe, constants.O_WRONLY)
  const factsReader = openSync(factsPipe, constants.O_RDONLY | constants.O_NONBLOCK)
  // Held until the container is gone: a pipe without a writer reads as ended.
  const factsWriter = openSync(factsPipe, constants.O_WRONLY)
  const child = spawn(engine.program, runArguments(job, step, options), {
    env,
    cwd: '/',
    detached: true,
    stdio: ['pipe', writer, writer],
  })
  closeSync(writer)
  const guard = killWithRunner(engine, env, options.name)
  const output = new Socket({ fd: reader, readable: true, writable: false })
  send(child.stdin, environmentScript(step.env))

  let ready = false
  let interrupted = false
  const facts = readFacts(new Socket({ fd: factsReader, readable: true, writable: false }), () => {
    ready = true
    if (interrupted) interrupt()
  })

  function interrupt(): void {
    interrupted = true
    if (ready) void command('kill', '--signal', 'SIGINT', options.name)
  }

  function kill(): void {
    void command('kill', options.name).then(() => child.kill('SIGKILL'))
  }

  /** By name: also one whose client we killed before it said anything. */
  async function remove(): Promise<void> {
    for (let attempt = 0; attempt < REMOVAL_TRIES; attempt += 1) {
      const { ok, complaint } = await command('rm', '--force', '--volumes', options.name)
      if (ok || /no such container/i.test(complaint)) return
      await sleep(REMOVAL_PAUSE_MS)
    }
  }

  const exited = new Promise<StepExit>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not_started', reason: error.message }))
    child.once('exit', (code, name) => resolve(exitOf(code, name)))
  })
  const ended = exited.then(async (exit) => {
    await remove()
    guard.kill('SIGKILL')
    closeSync(factsWriter)
    if (child.pid === undefined) output.destroy()
    const found = await facts
    return { exit: ready ? exit : notStarted(exit), facts: found }
  })
  return { output, interrupt, kill, ended }
}

/** Holds a pipe to us that closes when we are gone, however that came. */
function killWithRunner(engine: Engine, env: Record<string, string>, name: string): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', KILL_WITH_RUNNER, 'sh', engine.program, 'kill', name], {
    env,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.on('error', () => undefined)
  guard.stdin?.on('error', () => undefined)
  return guard
}
