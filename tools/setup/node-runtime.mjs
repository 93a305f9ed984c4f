// The Node that everything but this set-up runs on. The npm package `node` brings it where the machine's is older.
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './failure.mjs'

export const NODE_MAJOR = 24

/**
 * @param {string} root the checkout
 * @param {{ version: string, execPath: string }} running the Node that runs this set-up
 * @returns {string} the path of a Node 24 or newer
 */
export function findNode(root, running = { version: process.versions.node, execPath: process.execPath }) {
  const ours = join(root, 'node_modules', '.bin', 'node')
  if (isExecutable(ours)) return ours
  if (Number.parseInt(running.version, 10) >= NODE_MAJOR) return running.execPath
  throw new SetupFailure(
    `Node ${NODE_MAJOR} is not in node_modules because npm did not run its install script: ` +
      `run \`npm rebuild --ignore-scripts=false\`, or install Node ${NODE_MAJOR}, then try again.`,
  )
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
