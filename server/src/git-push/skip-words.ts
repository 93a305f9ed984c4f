/**
 * The words in a commit's message by which its author asks that nothing is deployed, as people know them from GitHub.
 *
 * Only the message of a push's last commit counts, and its case does not. A tag is pushed on purpose and a preview changes
 * nothing (but may be a check that a merge waits for): for them the words mean nothing.
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/skip-workflow-runs
 */
export const SKIP_WORDS = ['[skip ci]', '[ci skip]', '[no ci]', '[skip daypass]', '[daypass skip]'] as const

/** The same as a trailer: a line of the message's last paragraph. */
const SKIP_TRAILER = 'skip-checks: true'

/** The word that was found, as it is documented; undefined when there is none. */
export function skipWordIn(message: string): string | undefined {
  const folded = message.toLowerCase()
  return SKIP_WORDS.find((word) => folded.includes(word)) ?? (hasTrailer(folded) ? SKIP_TRAILER : undefined)
}

function hasTrailer(message: string): boolean {
  const lines = message
    .trim()
    .split('\n')
    .map((line) => line.trim())
  const blank = lines.lastIndexOf('')
  // Without a blank line before them, the lines are the subject.
  return blank >= 0 && lines.slice(blank + 1).some((line) => /^skip-checks:\s*true$/.test(line))
}
