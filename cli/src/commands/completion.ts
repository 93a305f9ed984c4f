/** `daypass completion`: the script that makes a shell complete our commands, flags and names. */
import { Argument, type Command } from 'commander'
import { complete } from '../completion/complete.ts'
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts'
import type { Surroundings } from '../failed-command.ts'
import { describe } from '../server-command.ts'

export function addCompletionCommands(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('completion')
    .description('print the script that lets your shell complete commands, flags and names')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action((shell: Shell) => void process.stdout.write(COMPLETION_SCRIPTS[shell]))
    .addHelpText('after', NOTES)
  describe(command, { example: 'source <(daypass completion bash)   # in ~/.bashrc' })

  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const { suggestions, files } = await complete(program, words, surroundings)
      const lines = suggestions.map(({ value, about }) => `${value}\t${about}`)
      process.stdout.write(`${[...lines, `:${files}`].join('\n')}\n`)
    })
}

const NOTES = `
To load it in every shell:
  bash   echo 'source <(daypass completion bash)' >> ~/.bashrc
  zsh    daypass completion zsh > "\${fpath[1]}/_daypass"     (a folder of your fpath, before compinit)
  fish   daypass completion fish > ~/.config/fish/completions/daypass.fish

Names of organizations, stacks, pools and so on come from the server that the line is about, when it answers at once.`
