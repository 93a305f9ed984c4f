/** Whose token a trust command speaks of: the options that name a stack, its operations, the issuer and the audience. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { SESSION_TAGS } from '@daypass/contract/identity.ts'
import { deploymentClaims } from '@daypass/trust/deployment-claims.ts'
import type { GoogleTokenClaims } from '@daypass/trust/google/evaluate.ts'
import {
  isOperation,
  isOrganizationName,
  isProjectName,
  isStackName,
  OPERATIONS,
  type Operation,
  readSubject,
  type SubjectForm,
  type SubjectStack,
} from '@daypass/trust/subject.ts'
import type { Command } from 'commander'
import { serverUrl } from '../api.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'

/** The command makes no sense as it was given, or a file cannot be read: nothing was decided. */
export const UNDECIDED = 2

export interface IssuerOptions {
  readonly issuer?: string
  readonly server?: string
}

export interface StackOptions extends IssuerOptions {
  readonly stack?: string
  readonly operation: readonly string[]
  readonly audience?: string
  readonly subjectForm: string
  readonly sessionTags?: true
  readonly claim?: Readonly<Record<string, string>>
}

/** One token that is judged, and how it is called in the answer. */
export interface Passenger {
  /** Undefined for a token that somebody handed over and that is no deployment's. */
  readonly operation: string | undefined
  readonly claims: GoogleTokenClaims
}

export function withIssuer(command: Command): Command {
  return command
    .option('--issuer <url>', 'the issuer, to the letter (default: what --server says)')
    .option(
      '--server <url>',
      'the server to ask for its issuer (DAYPASS_SERVER; otherwise as the pulumi CLI finds it)',
    )
}

export function withStack(command: Command): Command {
  return withIssuer(
    command
      .option('--stack <organization/project/stack>', 'the stack in full')
      .option(
        '--operation <word>',
        `${OPERATIONS.join(', ')}; may be repeated (default: all six)`,
        (value: string, previous: readonly string[]) => [...previous, value],
        [],
      )
      .option('--audience <text>', 'the audience of the token (default: the organization)')
      .option(
        '--subject-form <form>',
        'how subjects name the stack: pulumi, class, or dp1:<id of the stack> as daypass trust show prints it',
        'pulumi',
      ),
  )
}

/** @throws {FailedCommand} when no issuer is known. */
export async function issuerOf(options: IssuerOptions, surroundings: Surroundings): Promise<string> {
  if (options.issuer !== undefined) return options.issuer
  const url = `${await serverUrl(options, surroundings)}/oidc/.well-known/openid-configuration`
  const init: RequestInit = { redirect: 'error', signal: AbortSignal.timeout(30_000) }
  const document: unknown = await surroundings
    .fetch(url, init)
    .then((response) => (response.ok ? response.json() : undefined))
    .catch(() => undefined)
  const { issuer } = (document ?? {}) as { issuer?: unknown }
  if (typeof issuer === 'string') return issuer
  throw new FailedCommand(`${url} says no issuer: give --issuer <url>.`, UNDECIDED)
}

/** @throws {FailedCommand} when it is no name of a stack, or no form of a subject. */
export function stackNamed({ stack, subjectForm }: StackOptions): SubjectStack {
  return { ...namesIn(stack), ...formNamed(subjectForm) }
}

function formNamed(text: string): { readonly form: SubjectForm; readonly stackUuid?: string } {
  if (text === 'pulumi' || text === 'class') return { form: text }
  const [, key] = /^(dp1:[^:]+)(?::.*)?$/.exec(text) ?? []
  const subject = readSubject(`${key}:update`)
  if (subject?.form === 'compact') return { form: 'compact', stackUuid: subject.stackUuid }
  throw new FailedCommand(
    `--subject-form takes pulumi, class, or dp1: and the 26 characters of the stack's id, not "${text}".`,
    UNDECIDED,
  )
}

function namesIn(text: string | undefined): SubjectStack {
  if (text === undefined)
    throw new FailedCommand('--stack <organization/project/stack> is missing.', UNDECIDED)
  const [organization, project, stack, ...rest] = text.split('/')
  if (!organization || !project || !stack || rest.length > 0) {
    throw new FailedCommand(`--stack takes organization/project/stack, not "${text}".`, UNDECIDED)
  }
  if (!isOrganizationName(organization) || !isProjectName(project) || !isStackName(stack)) {
    throw new FailedCommand(
      `"${text}" cannot be a stack: organizations are lower case, 3 to 40 characters; no name has a wildcard, blank or colon.`,
      UNDECIDED,
    )
  }
  return { organization, project, stack }
}

/** @throws {FailedCommand} for a word that is no operation. */
export function operationsIn(words: readonly string[]): readonly Operation[] {
  if (words.length === 0) return OPERATIONS
  return words.map((word) => {
    if (isOperation(word)) return word
    const hint = word === 'up' ? ' (the word of the API is update)' : ''
    throw new FailedCommand(`"${word}" is no operation${hint}: ${OPERATIONS.join(', ')}.`, UNDECIDED)
  })
}

/** A token for each operation of the stack. */
export async function passengersOf(
  options: StackOptions,
  surroundings: Surroundings,
): Promise<readonly Passenger[]> {
  const names = stackNamed(options)
  const operations = operationsIn(options.operation)
  const issuerUrl = await issuerOf(options, surroundings)
  const audience = options.audience ?? names.organization
  return operations.map((operation) => ({
    operation,
    claims: deploymentClaims({
      ...{ ...names, operation, issuerUrl, audience },
      sessionTags: options.sessionTags && SESSION_TAGS,
      ofTheRun: options.claim,
    }),
  }))
}

/** @throws {FailedCommand} when there is no such file. `-` is standard input. */
export async function readText(path: string, { folder, input }: Surroundings): Promise<string> {
  const read = path === '-' ? textOf(input) : readFile(resolve(folder, path), 'utf8')
  return read.catch((cause: Error) => {
    throw new FailedCommand(
      `cannot read ${path === '-' ? 'standard input' : path}: ${cause.message}`,
      UNDECIDED,
    )
  })
}
