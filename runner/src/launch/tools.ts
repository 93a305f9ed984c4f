/**
 * The programs that jobs need and that may lie where a job cannot look (a folder under somebody's home): they are
 * mounted read-only, one file or package at a time, below `/opt/daypass`.
 */
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface ToolFile {
  readonly from: string
  /** Below `/opt/daypass` inside. */
  readonly to: string
}

export interface Tools {
  /** Absolute path on this machine, symbolic links resolved. */
  readonly pulumi: string
  readonly node: string
  /** PATH entries for a job without a mount namespace. */
  readonly folders: readonly string[]
  readonly files: readonly ToolFile[]
  /** Symbolic links below `/opt/daypass`: `to` → `target`. */
  readonly links: readonly { readonly to: string; readonly target: string }[]
}

export interface ToolOptions {
  /** From `--pulumi` or DAYPASS_PULUMI: a file, or the folder that holds it. */
  readonly pulumi: string | undefined
  readonly searchPath: string
  /** The Node.js that runs the runner also runs Node.js programs. */
  readonly node: string
}

export type ToolSearch =
  | { readonly ok: true; readonly tools: Tools }
  | { readonly ok: false; readonly sentence: string }

/** `pulumi` and the hosts beside it: language hosts, and the plugins that ship with the CLI. */
const PULUMI_FILE = /^pulumi(-[a-z0-9-]+)?$/

export function findTools(options: ToolOptions): ToolSearch {
  const pulumi = findPulumi(options)
  if (!pulumi) {
    return {
      ok: false,
      sentence: options.pulumi
        ? `There is no Pulumi CLI at ${options.pulumi}; point --pulumi (or DAYPASS_PULUMI) at the \`pulumi\` binary.`
        : 'There is no `pulumi` on PATH; install the Pulumi CLI, or name it with --pulumi (or DAYPASS_PULUMI).',
    }
  }
  const pulumiFolder = dirname(pulumi)
  const npm = findNpm(options)
  const node = realpathSync(options.node)
  const files: ToolFile[] = [
    ...readdirSync(pulumiFolder)
      .filter((name) => PULUMI_FILE.test(name) && isExecutable(join(pulumiFolder, name)))
      .map((name) => ({ from: realpathSync(join(pulumiFolder, name)), to: `bin/${name}` })),
    { from: node, to: 'bin/node' },
    ...(npm ? [{ from: npm, to: 'npm' }] : []),
  ]
  const links = npm
    ? ['npm', 'npx'].map((name) => ({ to: `bin/${name}`, target: `../npm/bin/${name}-cli.js` }))
    : []
  const folders = [pulumiFolder, dirname(node)]
  return { ok: true, tools: { pulumi, node, files, links, folders } }
}

function findPulumi(options: ToolOptions): string | undefined {
  if (!options.pulumi) return onPath('pulumi', options.searchPath)
  return [options.pulumi, join(options.pulumi, 'pulumi')]
    .filter(isExecutable)
    .map((path) => realpathSync(path))[0]
}

/** The folder of the npm package (with `bin/npm-cli.js` in it) when it lies where jobs cannot see it. */
function findNpm(options: ToolOptions): string | undefined {
  const beside = join(dirname(realpathSync(options.node)), 'npm')
  const npm = isExecutable(beside) ? realpathSync(beside) : onPath('npm', options.searchPath)
  if (!npm?.endsWith(join('bin', 'npm-cli.js')) || npm.startsWith('/usr/')) return undefined
  return dirname(dirname(npm))
}

function onPath(name: string, searchPath: string): string | undefined {
  const found = searchPath
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable)
  return found ? realpathSync(found) : undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
