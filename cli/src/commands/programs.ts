/** `daypass serve` and `daypass runner`: each alone, with its own flags passed on untouched. */
import { spawn } from 'node:child_process'
import type { Command } from 'commander'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { RUNNER_PROGRAM, SERVER_PROGRAM } from '../program-path.ts'
import { describe } from '../server-command.ts'

const PROGRAMS = [
  {
    name: 'serve',
    path: SERVER_PROGRAM,
    description: 'the server alone; `daypass serve --help` lists its flags',
    example: 'daypass serve --base-url https://daypass.example.com',
  },
  {
    name: 'runner',
    path: RUNNER_PROGRAM,
    description: 'a runner alone; `daypass runner --help` lists its flags',
    example: 'daypass runner --server https://daypass.example.com --pool-token-file ./pool-token',
  },
]

export function addProgramCommands(program: Command, surroundings: Surroundings): void {
  for (const { name, path, description, example } of PROGRAMS) {
    const command = program
      .command(name)
      .description(description)
      .allowUnknownOption()
      .helpOption(false)
      .argument('[flags...]')
      .action((flags: string[]) => runToTheEnd(path, flags, surroundings))
    describe(command, { example })
  }
}

async function runToTheEnd(path: string, flags: string[], { env }: Surroundings): Promise<void> {
  const child = spawn(process.execPath, [path, ...flags], { stdio: 'inherit', env })
  // Ctrl-C reaches the whole process group anyway; a supervisor's SIGTERM reaches only us.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => signal === 'SIGTERM' && child.kill(signal))
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (status, signal) => resolve(status ?? (signal === 'SIGTERM' ? 0 : 1)))
  })
  if (code !== 0)
    throw new FailedCommand(
      `${path.includes('runner') ? 'the runner' : 'the server'} ended with code ${code}.`,
      code,
    )
}
