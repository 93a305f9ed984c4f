/**
 * `daypass identity`: as whom a stack's deployments act beside the `oidc` block of its settings, and for whom they may ask for
 * tokens. What a change does not name stays as it is.
 */
import {
  ORGANIZATION_AUDIENCES_PATH,
  OrganizationAudiences,
  SESSION_TAGS,
  STACK_IDENTITY_PATH,
  StackIdentity,
} from '@daypass/contract/identity.ts'
import { jsonObject } from '@daypass/contract/json-object.ts'
import { OPERATIONS } from '@daypass/trust/subject.ts'
import { type Command, Option } from 'commander'
import { completes } from '../completion/values.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { readGivenJson } from '../input-file.ts'
import { record } from '../output.ts'
import { addServerCommand, organizationOption, stackOption } from '../server-command.ts'
import { pathTo } from '../server-path.ts'
import type { Session } from '../session.ts'
import { stackPath } from '../stack-name.ts'

interface SetOptions {
  readonly file?: string
  readonly operation?: string
  readonly name?: string
  readonly block?: string
  readonly remove?: boolean
  readonly readOnlyPreviews?: 'yes' | 'no'
  readonly renew?: 'yes' | 'no'
  readonly subjectForm?: StackIdentity['subjectForm']
  readonly sessionTags?: readonly string[]
  readonly audience?: readonly string[]
}

export function addIdentityCommands(program: Command, surroundings: Surroundings): void {
  const identity = program.command('identity').description('as whom the deployments of a stack act')
  addServerCommand(identity, surroundings, {
    name: 'show',
    summary:
      'show as whom a stack’s deployments act beside its settings, and for whom they may ask for tokens',
    options: [stackOption()],
    example: 'daypass identity show --stack acme/shop/dev --json > identity.json',
    answer: StackIdentity,
    run: async (session) => session.call('GET', await pathOf(session)),
    show: showIdentity,
  })
  addServerCommand(identity, surroundings, {
    name: 'set',
    summary: 'change it: whole from a file, or what the flags name',
    options: [
      stackOption(),
      completes(
        new Option('--file <file>', 'all of it, as `show --json` prints it; - for standard input'),
        'file',
      ),
      new Option('--operation <operation>', 'the identity of this operation').choices([...OPERATIONS]),
      new Option('--name <name>', 'the further identity of this name').conflicts('operation'),
      new Option('--block <json>', 'what that identity is: aws, azure and gcp as in `oidc` of the settings'),
      new Option('--remove', 'take that identity away').conflicts('block'),
      new Option('--read-only-previews <answer>', 'whether previews can only read').choices(['yes', 'no']),
      new Option('--renew <answer>', 'whether credentials are renewed while a deployment runs').choices([
        'yes',
        'no',
      ]),
      new Option('--subject-form <form>', 'how subjects name the stack').choices([
        'pulumi',
        'class',
        'compact',
      ]),
      new Option(
        '--session-tags <tag...>',
        `tags of its sessions at AWS: ${SESSION_TAGS.join(', ')}; "all", or "" for none. Its roles must allow sts:TagSession first`,
      ),
      new Option(
        '--audience <audience...>',
        'all audiences that its programs may ask for besides; "" for none',
      ),
    ],
    example: EXAMPLE,
    answer: StackIdentity,
    run: async (session, options: SetOptions) => {
      const path = await pathOf(session)
      return session.call('PUT', path, await changed(session, path, options))
    },
    show: showIdentity,
  })
  addServerCommand(identity, surroundings, {
    name: 'audiences',
    summary: 'show, or with --allow replace, the audiences that stacks of an organization may be given',
    options: [
      organizationOption(),
      new Option('--allow <audience...>', 'all that are allowed from now on; "" for none'),
    ],
    example: 'daypass identity audiences --org acme --allow https://vault.example.com',
    answer: OrganizationAudiences,
    run: async (session, { allow }: { readonly allow?: readonly string[] }) => {
      const path = pathTo(ORGANIZATION_AUDIENCES_PATH, { organization: await session.organization() })
      return allow === undefined
        ? session.call('GET', path)
        : session.call('PUT', path, { audiences: given(allow) })
    },
    show: ({ audiences }) => audiences.join('\n') || 'No audience is allowed.',
  })
}

const EXAMPLE = `daypass identity set --operation preview --block '{"aws":{"roleArn":"arn:aws:iam::123456789012:role/reader","sessionName":"preview"}}'
daypass identity set --read-only-previews yes
daypass identity set --file identity.json`

async function changed(session: Session, path: string, options: SetOptions): Promise<object> {
  const {
    file,
    operation,
    name,
    block,
    remove,
    readOnlyPreviews,
    renew,
    subjectForm,
    sessionTags,
    audience,
  } = options
  const flags = [operation, name, readOnlyPreviews, renew, subjectForm, sessionTags, audience]
  if (file !== undefined) {
    if (flags.some((one) => one !== undefined)) throw misused('--file says all of it; leave out the others.')
    return readGivenJson(file, 'the identity', session.surroundings)
  }
  if ((operation ?? name) !== undefined && (block === undefined) === (remove === undefined))
    throw misused('say what the identity is with --block, or take it away with --remove.')
  if ((operation ?? name) === undefined && (block ?? remove) !== undefined)
    throw misused('say whose identity it is, with --operation or --name.')
  if (flags.every((one) => one === undefined)) throw misused('say what to change; --help lists it.')
  const now = await session.read(StackIdentity, 'GET', path)
  const part = block === undefined ? {} : blockOf(block)
  return {
    ...now,
    ...(operation !== undefined && { operations: { ...now.operations, [operation]: part } }),
    ...(name !== undefined && { named: { ...now.named, [name]: part } }),
    ...(readOnlyPreviews !== undefined && { readOnlyPreviews: readOnlyPreviews === 'yes' }),
    ...(renew !== undefined && { renew: renew === 'yes' }),
    ...(subjectForm !== undefined && { subjectForm }),
    ...(sessionTags !== undefined && { sessionTags: tagsOf(sessionTags) }),
    ...(audience !== undefined && { audiences: given(audience) }),
  }
}

function blockOf(text: string): object {
  const block = jsonObject(text)
  if (block) return block
  throw misused('--block must be a JSON object, such as {"aws": {"roleArn": "…", "sessionName": "…"}}.')
}

function tagsOf(words: readonly string[]): readonly string[] | true {
  return words.includes('all') ? true : given(words)
}

function given(audiences: readonly string[]): readonly string[] {
  return audiences.filter((one) => one !== '')
}

function misused(sentence: string): FailedCommand {
  return new FailedCommand(sentence, EXIT.misused)
}

async function pathOf(session: Session): Promise<string> {
  return stackPath(STACK_IDENTITY_PATH, await session.stack())
}

function showIdentity({
  operations,
  named,
  audiences,
  readOnlyPreviews,
  renew,
  subjectForm,
  sessionTags,
}: StackIdentity): string {
  const blocks = (kind: string, all: Readonly<Record<string, StackIdentity['named'][string]>>) =>
    Object.entries(all).map(([name, block]) => [`${kind} ${name}`, whoIs(block)] as const)
  return record({
    ...Object.fromEntries([...blocks('operation', operations), ...blocks('named', named)]),
    'read-only previews': readOnlyPreviews ? 'yes' : 'no',
    renewed: renew ? 'yes' : 'no',
    'subject form': subjectForm,
    'session tags': sessionTags.join(', ') || 'none',
    audiences: audiences.join(', ') || 'none besides',
  })
}

function whoIs({ aws, azure, gcp }: StackIdentity['named'][string]): string {
  const roles = aws && [aws.roleArn, ...(aws.chain ?? []).map(({ roleArn }) => roleArn)].join(' then ')
  return [roles, azure?.clientId, gcp?.serviceAccount].filter((one) => one !== undefined).join(', ')
}
