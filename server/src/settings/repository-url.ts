/**
 * What a git repository may be called: a closed grammar, because these words reach git's command line in a job.
 *
 * Owns: repository URLs with their origin, branch names, commit ids and the folder inside a repository.
 */

/** `scheme://host:port` in lower case: what git credentials are bound to. */
export type GitOrigin = string & { readonly __kind: 'git-origin' }

export interface RepositoryUrl {
  /** `file`: a path of the runner's machine. Like `http`, a runner takes it only when it is told to. */
  readonly scheme: 'https' | 'http' | 'ssh' | 'file'
  readonly origin: GitOrigin
}

const HOST = String.raw`(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]+\])`
/** Printable, without blanks, backslashes and what begins a query or a fragment. */
const PATH = String.raw`[^\s\\?#\p{C}]+`
const USER = '[A-Za-z0-9_][A-Za-z0-9_.-]*'
const HTTP = new RegExp(`^(https?)://(?:([^/]*)@)?(${HOST})(?::([0-9]{1,5}))?/${PATH}$`, 'iu')
const SSH = new RegExp(`^(ssh)://(?:([^/]*)@)?(${HOST})(?::([0-9]{1,5}))?/${PATH}$`, 'iu')
const SCP = new RegExp(String.raw`^(?:(${USER})@)?(${HOST}):(?![:/\-])${PATH}$`, 'u')
const FILE = new RegExp(`^(?:file://)?/(?![/])${PATH}$`, 'u')
const DEFAULT_PORT = { https: 443, http: 80, ssh: 22 } as const
const LONGEST_URL = 2000

/** The URL's parts, or what is wrong with it as the end of a sentence. */
export function parseRepositoryUrl(url: string): RepositoryUrl | { readonly problem: string } {
  if (url.length > LONGEST_URL) return { problem: `must have at most ${LONGEST_URL} characters.` }
  const web = HTTP.exec(url)
  if (web) {
    const [, scheme = '', userInfo, host = '', port] = web
    if (userInfo !== undefined) return { problem: CREDENTIALS_IN_URL }
    return found(scheme.toLowerCase() === 'http' ? 'http' : 'https', host, port)
  }
  const ssh = SSH.exec(url)
  if (ssh) {
    const [, , userInfo, host = '', port] = ssh
    if (userInfo?.includes(':')) return { problem: CREDENTIALS_IN_URL }
    if (userInfo !== undefined && !new RegExp(`^${USER}$`).test(userInfo))
      return { problem: NOT_A_REPOSITORY }
    return found('ssh', host, port)
  }
  // Files have no host to send a credential to; none fits (deployments/runnable).
  if (FILE.test(url)) return { scheme: 'file', origin: 'file:' as GitOrigin }
  const scp = SCP.exec(url)
  if (scp && !url.includes('://') && !url.includes('::')) return found('ssh', scp[2] ?? '', undefined)
  if (/^[a-z]+:\/\/[^/]*@/i.test(url)) return { problem: CREDENTIALS_IN_URL }
  return { problem: NOT_A_REPOSITORY }
}

const CREDENTIALS_IN_URL =
  'must not contain credentials; put them into sourceContext.git.gitAuth, where they are kept encrypted.'
const NOT_A_REPOSITORY =
  'must be an https://, ssh:// or git@host:path URL of a git repository, without query or fragment (a runner that allows insecure sources also takes http://, file:/// and absolute paths).'

function found(
  scheme: keyof typeof DEFAULT_PORT,
  host: string,
  port: string | undefined,
): RepositoryUrl | { readonly problem: string } {
  const portNumber = port === undefined ? DEFAULT_PORT[scheme] : Number(port)
  if (portNumber < 1 || portNumber > 65_535) return { problem: 'must have a port from 1 to 65535.' }
  return { scheme, origin: `${scheme}://${host.toLowerCase()}:${portNumber}` as GitOrigin }
}

export function originOf(url: string): GitOrigin | undefined {
  const parsed = parseRepositoryUrl(url)
  return 'origin' in parsed ? parsed.origin : undefined
}

export function repositoryUrlProblem(url: string): string | undefined {
  const parsed = parseRepositoryUrl(url)
  return 'problem' in parsed ? parsed.problem : undefined
}

const REGISTRY_TEMPLATE =
  /^registry:\/\/templates\/[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+(?:@[0-9A-Za-z.+-]+)?$/

/** Where a template may come from: Pulumi's registry, or a folder of a repository. */
export function templateUrlProblem(url: string): string | undefined {
  if (REGISTRY_TEMPLATE.test(url)) return undefined
  const parsed = parseRepositoryUrl(url)
  if ('scheme' in parsed && parsed.scheme === 'https') return undefined
  return 'problem' in parsed && parsed.problem === CREDENTIALS_IN_URL
    ? CREDENTIALS_IN_URL.replace('.git.', '.template.')
    : 'must be registry://templates/<source>/<publisher>/<name> or an https:// URL.'
}

const FORBIDDEN_IN_REF = /[\p{Cc}\s~^:?*[\\\u007f]|\.\.|@\{|\/\/|\/$|^\/|\.$|^-|\/\./u

/** The rules of `git check-ref-format`, and no leading dash. Bare names and `refs/…` are both fine. */
export function branchProblem(branch: string): string | undefined {
  const parts = branch.split('/')
  const bad =
    FORBIDDEN_IN_REF.test(branch) ||
    branch === '@' ||
    branch.startsWith('.') ||
    parts.some((part) => part.endsWith('.lock'))
  return bad ? 'is not a valid branch name; see "git check-ref-format".' : undefined
}

export function tagRef(tag: string): string {
  return tag.startsWith('refs/') ? tag : `refs/tags/${tag}`
}

export function commitProblem(commit: string): string | undefined {
  return /^[0-9a-fA-F]{7,64}$/.test(commit) ? undefined : 'must be a commit id of 7 to 64 hexadecimal digits.'
}

/** A folder inside the repository: relative, and never above its root. */
export function folderProblem(folder: string): string | undefined {
  if (/^([/\\~]|[A-Za-z]:)/.test(folder)) return 'must be relative to the root of the repository.'
  if (folder.split(/[/\\]/).includes('..')) return 'must stay inside the repository: ".." is not allowed.'
  if (/[\p{Cc}\\]/u.test(folder)) return 'must not contain control characters or backslashes.'
  return undefined
}

/** Without `.` parts and needless slashes: `./a//b/` is `a/b`. */
export function normalFolder(folder: string): string {
  return folder
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')
}

/** The registry an image comes from, by the rule of Docker's references: `registry.example.com:5000`, else Docker Hub. */
export function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/')
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  return isHost ? first.toLowerCase() : 'docker.io'
}
