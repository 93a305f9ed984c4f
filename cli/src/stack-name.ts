/** Which stack or organization a command is about: named as for the Pulumi CLI, and found as it does. */
import { EXIT } from './exit-code.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { selectedStack } from './pulumi-cli/kept.ts'
import { type Project, projectAround } from './pulumi-cli/project.ts'
import { pathTo } from './server-path.ts'

export interface StackName {
  readonly organization: string
  readonly project: string
  readonly stack: string
}

/** `stack`, `organization/stack` or `organization/project/stack`. */
export interface PartialStackName {
  readonly organization: string | undefined
  readonly project: string | undefined
  readonly stack: string
}

/** @throws {FailedCommand} */
export function parseStackName(text: string): PartialStackName {
  const parts = text.split('/')
  const [stack, above, top] = parts.toReversed()
  if (parts.length > 3 || parts.includes('') || stack === undefined) {
    throw new FailedCommand(
      `"${text}" names no stack: give organization/project/stack, or in the project's folder organization/stack or stack.`,
      EXIT.misused,
    )
  }
  return top === undefined
    ? { organization: above, project: undefined, stack }
    : { organization: top, project: above, stack }
}

/**
 * @param given what `--stack` says; otherwise PULUMI_STACK, and then the stack that is selected in the project.
 * @throws {FailedCommand} when it is not known which one.
 */
export async function resolveStack(
  given: string | undefined,
  url: string,
  { env, folder }: Pick<Surroundings, 'env' | 'folder'>,
  defaultOrganization: () => Promise<string>,
): Promise<StackName> {
  const project = await projectAround(folder)
  const text = given ?? env['PULUMI_STACK'] ?? (project && (await selectedStack(project, url, env)))
  if (text === undefined) {
    throw new FailedCommand(
      'say which stack: --stack <organization/project/stack>, or `pulumi stack select` one in the project’s folder.',
      EXIT.misused,
    )
  }
  const named = parseStackName(text)
  return {
    project: named.project ?? projectName(project, text),
    organization: named.organization ?? (await defaultOrganization()),
    stack: named.stack,
  }
}

function projectName(project: Project | undefined, text: string): string {
  if (project) return project.name
  throw new FailedCommand(
    `"${text}" names no project, and there is no Pulumi.yaml here or above: give organization/project/stack.`,
    EXIT.misused,
  )
}

/** @param route below `STACK_PATH`, from the contract. */
export function stackPath(route: string, name: StackName, further: Readonly<Record<string, string>> = {}) {
  return pathTo(route, { ...name, ...further })
}

export function stackText({ organization, project, stack }: StackName): string {
  return `${organization}/${project}/${stack}`
}
