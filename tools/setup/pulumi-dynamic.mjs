// The script by which the CLI starts dynamic providers of Node.js programs. The official archive brings one; a build
// from Go modules does not, since it is no Go.
import { randomUUID } from 'node:crypto'
import { chmod, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isExecutable } from './node-runtime.mjs'

const NAME = 'pulumi-resource-pulumi-nodejs'

/** The CLI runs it in the program's folder, reads the port from its output, and ends it by its process id. */
const SCRIPT = `#!/bin/sh
# Serves a Node.js program's dynamic resources with the @pulumi/pulumi that the program itself depends on.
server=$(node --print 'require.resolve("@pulumi/pulumi/cmd/dynamic-provider")') || exit 1
exec node "$server" "$@"
`

/**
 * Puts it beside the CLI, where the CLI looks for it, unless there is one.
 *
 * @param {string} folder
 */
export async function provideDynamicProviders(folder) {
  const path = join(folder, NAME)
  if (isExecutable(path)) return
  // Several set-ups may do this at once, and somebody may be running the CLI.
  const unfinished = `${path}.${randomUUID()}`
  await writeFile(unfinished, SCRIPT)
  await chmod(unfinished, 0o755)
  await rename(unfinished, path)
}
