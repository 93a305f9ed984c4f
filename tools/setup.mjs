#!/usr/bin/env node
// One step from a fresh checkout to a running command. Plain JavaScript for Node 20 and newer without a dependency,
// because it runs before there is one. It makes ready what the command needs (the dependencies, Node 24, the Pulumi
// CLI, the console's build) and gives way to the command; it owns nothing of what the command does.
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheRoot } from './setup/cache.mjs'
import { runInForeground } from './setup/child.mjs'
import { COMMANDS, usage } from './setup/commands.mjs'
import { provideConsole } from './setup/console-build.mjs'
import { pathOutsideNodeModules, provideDependencies } from './setup/dependencies.mjs'
import { SetupFailure } from './setup/failure.mjs'
import { findGitea, provideGitea } from './setup/gitea.mjs'
import { Interrupted, listenForInterrupts } from './setup/interrupts.mjs'
import { findNode } from './setup/node-runtime.mjs'
import { providePulumi } from './setup/pulumi.mjs'
import { withTestFolder } from './setup/test-folder.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/**
 * @param {readonly string[]} argv
 * @returns {Promise<number>} the exit code
 */
async function main([name, ...args]) {
  if (name === '--help' || name === '-h' || name === 'help') {
    console.log(usage())
    return 0
  }
  const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name]
  if (command === undefined) {
    console.error(name === undefined ? 'Which command?' : `There is no command "${name}".`)
    console.error(usage())
    return 2
  }

  const interrupts = listenForInterrupts()
  const { signal } = interrupts
  const cache = cacheRoot(process.env)
  await provideDependencies(root, { cache, env: process.env, signal })
  const node = findNode(root)
  const env = environmentFor(node, cache)
  if (command.pulumi) env['DAYPASS_PULUMI'] = await providePulumi(root, { cache, env, signal })
  if (command.gitea !== undefined) await giteaFor(command, env, { cache, env, signal })
  if (command.console) await provideConsole(root, { env, signal })
  signal.throwIfAborted()
  if (command.run === undefined) return 0
  const commandLine = [...command.run, ...args]
  const run = (/** @type {NodeJS.ProcessEnv} */ given) =>
    runInForeground(node, commandLine, { cwd: root, env: given, interrupts })
  return command.isTest ? withTestFolder(env, run) : run(env)
}

/**
 * The tests that want a Gitea find it by `DAYPASS_GITEA`, or say why they are skipped.
 *
 * @param {import('./setup/commands.mjs').Command} command
 * @param {NodeJS.ProcessEnv} env
 * @param {import('./setup/gitea.mjs').Options} options
 */
async function giteaFor(command, env, options) {
  const answer = command.gitea === 'built' ? await provideGitea(root, options) : await findGitea(options)
  if ('binary' in answer) {
    env['DAYPASS_GITEA'] = answer.binary
    if (command.run === undefined) console.log(answer.binary)
  } else if (command.run === undefined) {
    throw new SetupFailure(
      `Gitea cannot be built (${answer.reason}): install Go 1.26.2 or newer and a C compiler, or set DAYPASS_GITEA to a ` +
        'Gitea of yours, then try again.',
    )
  }
}

/**
 * Whatever the command starts finds the same Node, whoever started us, and the sources as Node made them ready the
 * last time: a process starts sooner, and needs 20 MB less, because it does not load what reads TypeScript.
 *
 * @param {string} node
 * @param {string} cache
 * @returns {NodeJS.ProcessEnv}
 */
function environmentFor(node, cache) {
  const path = [
    dirname(node),
    join(root, 'node_modules', '.bin'),
    pathOutsideNodeModules(process.env['PATH'] ?? ''),
  ]
  return {
    NODE_COMPILE_CACHE: join(cache, 'compiled'),
    ...process.env,
    PATH: [...new Set(path)].join(process.platform === 'win32' ? ';' : ':'),
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof Interrupted) {
    process.exitCode = error.exitCode
  } else if (error instanceof SetupFailure) {
    if (error.output !== '') console.error(error.output.trimEnd())
    console.error(error.message)
    process.exitCode = 1
  } else {
    throw error
  }
}
