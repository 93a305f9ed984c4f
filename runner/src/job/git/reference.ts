/**
 * The names of branches and commits that git may be given, and the folder of the program.
 */

export interface Wanted {
  readonly kind: 'branch' | 'commit'
  /** Full ref, or hash. */
  readonly ref: string
  /** Local branch; empty for a detached checkout. */
  readonly localName: string
}

/** For a template that names nothing: detached, as a tag is. */
export const WHATEVER_HEAD_NAMES: Wanted = { kind: 'branch', ref: 'HEAD', localName: '' }

/** @returns undefined when the name is not one that git allows (git-check-ref-format). */
export function wantedBranch(branch: string): Wanted | undefined {
  const ref = branch.startsWith('refs/') ? branch : `refs/heads/${branch}`
  if (!isRefName(ref)) return undefined
  return {
    kind: 'branch',
    ref,
    localName: ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : '',
  }
}

/** @returns undefined when it is not the hexadecimal hash of a commit, whole or at least 7 characters of it. */
export function wantedCommit(commit: string): Wanted | undefined {
  return /^[0-9a-f]{7,64}$/i.test(commit)
    ? { kind: 'commit', ref: commit.toLowerCase(), localName: '' }
    : undefined
}

/**
 * The folder of Pulumi.yaml below the repository's root; `/x` and `./x` are read as `x`.
 * @returns undefined when it leaves the repository. A symbolic link may still leave it: git's script looks at that.
 */
export function programFolder(repoDir: string): string | undefined {
  const parts: string[] = []
  for (const part of repoDir.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return repoDir.includes('\0') ? undefined : parts.join('/')
}

function isRefName(ref: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  if (ref.length > 255 || /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/$|\.$/.test(ref)) return false
  return ref
    .split('/')
    .every((part) => part !== '' && !part.startsWith('.') && !part.startsWith('-') && !part.endsWith('.lock'))
}
