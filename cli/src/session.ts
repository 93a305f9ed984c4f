/** One command's dealings with the server: who we are to it, and which organization or stack is meant. */

import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import {
  callServer,
  expectShape,
  type Method,
  type ServerAccess,
  type ServerOptions,
  serverAccess,
} from './api.ts'
import { EXIT } from './exit-code.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { keptOrganization } from './pulumi-cli/kept.ts'
import { resolveStack, type StackName } from './stack-name.ts'

export interface SessionOptions extends ServerOptions {
  readonly org?: string
  readonly stack?: string
}

/** What belongs to a stack or to a whole organization. */
export type Owner =
  | { readonly kind: 'stack'; readonly name: StackName }
  | { readonly kind: 'organization'; readonly organization: string }

export interface Session {
  readonly access: ServerAccess
  readonly surroundings: Surroundings
  readonly call: (method: Method, path: string, body?: object) => Promise<unknown>
  /** The same, of a form that the command relies on. */
  readonly read: <Schema extends TSchema>(
    schema: Schema,
    method: Method,
    path: string,
    body?: object,
  ) => Promise<Static<Schema>>
  /** `--org`, or the default as the Pulumi CLI finds it. */
  readonly organization: () => Promise<string>
  /** `--stack`, or the selected one. */
  readonly stack: () => Promise<StackName>
  /** The organization when `--org` says so, otherwise the stack. */
  readonly owner: () => Promise<Owner>
}

const DefaultOrganization = Type.Object({ GitHubLogin: Type.String() })

export async function openSession(options: SessionOptions, surroundings: Surroundings): Promise<Session> {
  const access = await serverAccess(options, surroundings)
  const call: Session['call'] = (method, path, body) => callServer(method, path, body, access, surroundings)
  const read: Session['read'] = async (schema, method, path, body) =>
    expectShape(schema, await call(method, path, body))

  async function organization(): Promise<string> {
    const known = options.org ?? (await keptOrganization(access.url, surroundings.env))
    if (known !== undefined) return known
    const own = await read(DefaultOrganization, 'GET', '/api/user/organizations/default')
    if (own.GitHubLogin !== '') return own.GitHubLogin
    throw new FailedCommand('you are in no organization, or in several: say which, with --org.', EXIT.misused)
  }

  const stack = () => resolveStack(options.stack, access.url, surroundings, organization)

  return {
    access,
    surroundings,
    call,
    read,
    organization,
    stack,
    async owner() {
      if (options.org === undefined) return { kind: 'stack', name: await stack() }
      if (options.stack === undefined) return { kind: 'organization', organization: options.org }
      throw new FailedCommand('--stack and --org exclude each other; give one.', EXIT.misused)
    },
  }
}
