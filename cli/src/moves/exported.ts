/** What an export with secrets in clear says, in numbers: nothing of it is kept, shown or written. */
import { createHash } from 'node:crypto'

export interface Exported {
  readonly resources: number
  readonly secrets: number
  readonly pendingOperations: number
  /** Of every resource with all its properties, apart from the names of the stack and its project. */
  readonly digest: string
}

/** Pulumi's mark of a secret value. @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go */
const SIGNATURE = '4dabf18193072939515e22adb298388d'
const SECRET = '1b47061264138c4ac30d75fd1eb44270'

/** @param text Of `pulumi stack export --show-secrets`. @param names Of the stack that was exported. */
export function readExport(
  text: string,
  names: { readonly project: string; readonly stack: string },
): Exported {
  const { deployment } = JSON.parse(text) as { deployment: Readonly<Record<string, unknown>> }
  const resources = listIn(deployment['resources'])
  const pending = listIn(deployment['pending_operations'])
  const { project, stack } = names
  const anonymous = JSON.stringify([resources, pending])
    .replaceAll(`urn:pulumi:${stack}::${project}::`, 'urn:pulumi:::::')
    .replaceAll(`::${project}-${stack}"`, '::root"')
  return {
    resources: resources.length,
    secrets: secretsIn(resources),
    pendingOperations: pending.length,
    digest: createHash('sha256').update(anonymous).digest('hex'),
  }
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function secretsIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const own = (value as Readonly<Record<string, unknown>>)[SIGNATURE] === SECRET ? 1 : 0
  return Object.values(value).reduce((sum: number, one) => sum + secretsIn(one), own)
}
