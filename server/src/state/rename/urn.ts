/**
 * How a URN names its stack, and what it is called when the stack gets another name.
 *
 * `urn:pulumi:<stack>::<project>::<type>::<name>`
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/urn/urn.go
 */

export interface StackIdentity {
  readonly project: string
  readonly stack: string
}

export type RenameUrn = (urn: string) => string

const PREFIX = 'urn:pulumi:'
const DELIMITER = '::'
const ROOT_TYPE = 'pulumi:pulumi:Stack'

/**
 * A URN of another stack or project stays as it is. The root resource is named `<project>-<stack>` and follows. What
 * stands behind a URN (`::<id>` of a provider reference) stays too.
 */
export function urnRenaming(from: StackIdentity, to: StackIdentity): RenameUrn {
  const ownPrefix = PREFIX + from.stack + DELIMITER
  return (urn) => {
    if (!urn.startsWith(ownPrefix)) return urn
    const projectEnd = urn.indexOf(DELIMITER, ownPrefix.length)
    if (projectEnd === -1) return urn
    const written = urn.slice(ownPrefix.length, projectEnd)
    if (asServiceName(written) !== from.project) return urn
    const project = from.project === to.project ? written : to.project
    const rest = urn.slice(projectEnd + DELIMITER.length)
    const renamed = rest.startsWith(ROOT_TYPE + DELIMITER)
      ? [ROOT_TYPE, `${project}-${to.stack}`].join(DELIMITER)
      : rest
    return PREFIX + [to.stack, project, renamed].join(DELIMITER)
  }
}

/** The CLI asks its service for a project by its name with `-` for what no name of ours may have; URNs keep the name. */
function asServiceName(project: string): string {
  return project.replace(/[^A-Za-z0-9_.-]/gu, '-')
}
