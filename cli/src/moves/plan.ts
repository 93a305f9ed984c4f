/** Which stacks are to move, what they are called there, and where their configuration lies. Pure. */
import { FailedCommand } from '../failed-command.ts'
import type { Project } from '../pulumi-cli/project.ts'

export interface StackNames {
  readonly project: string
  readonly stack: string
}

export interface Move {
  /** As the CLI names it there. */
  readonly source: string
  readonly from: StackNames
  readonly target: string
  readonly to: StackNames
  /** Undefined: nobody said where its project is, so its configuration stays as it is. */
  readonly folder: string | undefined
}

export interface Wish {
  /** Names as given; empty: all. */
  readonly stacks: readonly string[]
  readonly all: boolean
  /** The only stack's new name. */
  readonly to: string | undefined
  /** The first part of names at the target. */
  readonly organization: string
  readonly projects: readonly Pick<Project, 'folder' | 'name'>[]
  readonly withoutConfig: boolean
}

/** @param available Every stack of the source, named in full. @throws {FailedCommand} */
export function planMoves(available: readonly string[], wish: Wish): Move[] {
  if (wish.all === wish.stacks.length > 0) throw wrong('say which stacks: --stack <names...>, or --all.')
  const sources = wish.all ? available : wish.stacks.map((name) => find(available, name))
  if (wish.to !== undefined && sources.length !== 1)
    throw wrong('--to names one stack: give one with --stack.')
  return sources.map((source) => planMove(source, wish))
}

function find(available: readonly string[], name: string): string {
  const found = available.filter((one) => one === name || one.endsWith(`/${name}`))
  const [only, ...more] = found
  if (only === undefined) {
    const some = available.slice(0, 20).join(', ')
    throw wrong(
      `the source has no stack "${name}"; it has ${some || 'none'}${available.length > 20 ? ', …' : ''}.`,
    )
  }
  if (more.length > 0 && !available.includes(name))
    throw wrong(`"${name}" may be ${found.join(' or ')}: say which.`)
  return available.includes(name) ? name : only
}

function planMove(source: string, { to, organization, projects, withoutConfig }: Wish): Move {
  const from = namesOf(source, projects)
  const target = to === undefined ? `${organization}/${from.project}/${from.stack}` : to
  const parts = target.split('/')
  const [, project, stack] = parts
  if (parts.length !== 3 || !project || !stack)
    throw wrong(`--to takes organization/project/stack, not "${to}".`)
  // The CLI reads the configuration in the target's project.
  const folder = withoutConfig ? undefined : projects.find(({ name }) => name === project)?.folder
  if (folder === undefined && !withoutConfig) {
    throw wrong(
      `the folder of the project "${project}" is unknown: give it with --project <folders...>, so that the secrets in its ` +
        `Pulumi.${from.stack}.yaml can be converted, or say --without-config to move the state alone.`,
    )
  }
  return { source, from, target, to: { project, stack }, folder }
}

/** Old file backends name a stack without its project. */
function namesOf(source: string, projects: readonly Pick<Project, 'folder' | 'name'>[]): StackNames {
  const parts = source.split('/')
  const stack = parts.at(-1) ?? ''
  const [only, ...more] = projects
  const project = parts.length > 1 ? parts.at(-2) : more.length === 0 ? only?.name : undefined
  if (!project) throw wrong(`the project of "${source}" is unknown: give its folder with --project.`)
  return { project, stack }
}

function wrong(message: string): FailedCommand {
  return new FailedCommand(message, 2)
}
