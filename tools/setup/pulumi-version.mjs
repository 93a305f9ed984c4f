// Which Pulumi CLI we provide, and which ones of the user's own are new enough.

/** What the archive and the Go modules in tools/pulumi/ bring. A test compares it with their go.mod. */
export const PROVIDED_VERSION = '3.259.0'

/**
 * The oldest CLI that we accept from PATH or DAYPASS_PULUMI. Older ones speak the same service protocol for the
 * most part, but nobody has tried them against this server.
 */
export const MINIMUM_VERSION = '3.220.0'

/** The programs that a deployment needs beside the CLI, whatever language its own examples use. */
export const LANGUAGE_HOSTS = /** @type {const} */ (['pulumi-language-yaml', 'pulumi-language-nodejs'])

/**
 * @param {string} output what `pulumi version` or `go env GOVERSION` printed
 * @returns {[number, number, number] | undefined}
 */
export function parseVersion(output) {
  const match = /^(?:v|go)?(\d+)\.(\d+)(?:\.(\d+))?/m.exec(output)
  if (match === null) return undefined
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)]
}

/**
 * @param {string} output
 * @param {string} minimum for example "3.220.0"
 * @returns {boolean} false also when the output names no version
 */
export function isAtLeast(output, minimum) {
  const found = parseVersion(output)
  const least = parseVersion(minimum)
  if (found === undefined || least === undefined) return false
  for (const index of /** @type {const} */ ([0, 1, 2])) {
    if (found[index] !== least[index]) return found[index] > least[index]
  }
  return true
}
