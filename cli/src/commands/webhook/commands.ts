/** `daypass webhook`: who hears of what happens. The same webhooks as `pulumi stack webhook` and `pulumi org webhook`. */
import { WebhookResponse } from '@daypass/contract/webhooks.ts'
import { type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { readGivenLine } from '../../input-file.ts'
import { record, table } from '../../output.ts'
import { addServerCommand } from '../../server-command.ts'
import { addDeliveryCommands } from './deliveries.ts'
import { FORMATS, ownerOptions, webhookArgument, webhookPath } from './webhooks.ts'

export function addWebhookCommands(program: Command, surroundings: Surroundings): void {
  const webhook = program.command('webhook').description('who is told what happens on stacks')

  addServerCommand(webhook, surroundings, {
    name: 'list',
    summary: 'list the webhooks of a stack or an organization',
    options: ownerOptions(),
    example: 'daypass webhook list --stack acme/web/dev\ndaypass webhook list --org acme',
    answer: Type.Object({ webhooks: Type.Array(WebhookResponse) }),
    run: async (session) => ({ webhooks: await session.call('GET', await webhookPath(session)) }),
    show: ({ webhooks }) =>
      table(
        webhooks,
        {
          NAME: ({ name }) => name,
          'DISPLAY NAME': ({ displayName }) => displayName,
          ACTIVE: ({ active }) => active,
          FORMAT: ({ format }) => format,
          // The path of a URL may be a credential; `show` has it.
          TO: ({ payloadUrl }) => (URL.canParse(payloadUrl) ? new URL(payloadUrl).host : payloadUrl),
          SECRET: ({ hasSecret }) => hasSecret,
          EVENTS: events,
        },
        'No webhooks. Make one with `daypass webhook create`.',
      ),
  })

  addServerCommand(webhook, surroundings, {
    name: 'show',
    summary: 'show a webhook',
    arguments: [webhookArgument()],
    options: ownerOptions(),
    example: 'daypass webhook show ci --stack acme/web/dev',
    answer: WebhookResponse,
    run: async (session, _options, name) => session.call('GET', await webhookPath(session, name)),
    show: showWebhook,
  })

  addServerCommand(webhook, surroundings, {
    name: 'create',
    summary: 'make a webhook',
    options: [
      ...ownerOptions(),
      new Option('--name <name>', 'by which the other commands find it (default: one is made)'),
      ...changeableOptions(),
    ],
    example: `daypass webhook create --stack acme/web/dev --name ci --url https://ci.example.com/hook --secret-file ./secret
daypass webhook create --org acme --name chat --format slack --url-file ./slack-url --group deployments`,
    answer: WebhookResponse,
    run: async (session, options: ChangeOptions & { readonly name?: string }) => {
      const said = await saidOf(options, surroundings)
      if (said.payloadUrl === undefined)
        throw new FailedCommand('say where to: --url <url> or --url-file <file>.', EXIT.misused)
      const { name } = options
      return session.call('POST', await webhookPath(session), { name, ...said })
    },
    show: (made) => `Made the webhook ${made.name}.\n\n${showWebhook(made)}`,
  })

  addServerCommand(webhook, surroundings, {
    name: 'edit',
    summary: 'change what is said of a webhook, and leave the rest as it is',
    arguments: [webhookArgument()],
    options: [
      ...ownerOptions(),
      new Option('--active', 'tell things again'), // before --no-active, so that neither is the default
      ...changeableOptions(),
      new Option('--remove-secret', 'sign no more').conflicts('secretFile'),
    ],
    example: 'daypass webhook edit ci --stack acme/web/dev --no-active',
    answer: WebhookResponse,
    run: async (session, options: ChangeOptions, hook) => {
      const said = await saidOf(options, surroundings)
      if (Object.values(said).every((value) => value === undefined))
        throw new FailedCommand('say what to change; --help lists it.', EXIT.misused)
      const path = await webhookPath(session, hook)
      // The API takes a body with a URL as whole, so it gets the whole.
      const { displayName, payloadUrl, active, format, filters, groups } = await session.read(
        WebhookResponse,
        'GET',
        path,
      )
      const before = { displayName, payloadUrl, active, format, filters, groups }
      return session.call('PATCH', path, { ...before, ...JSON.parse(JSON.stringify(said)) })
    },
    show: showWebhook,
  })

  addServerCommand(webhook, surroundings, {
    name: 'delete',
    summary: 'delete a webhook, with its deliveries',
    arguments: [webhookArgument()],
    options: [...ownerOptions(), yesOption()],
    example: 'daypass webhook delete ci --stack acme/web/dev --yes',
    answer: Type.Object({ deleted: Type.String() }),
    run: async (session, options: ConfirmOptions, name = '') => {
      const path = await webhookPath(session, name)
      await confirm(`delete the webhook ${name} and its deliveries`, options, surroundings)
      await session.call('DELETE', path)
      return { deleted: name }
    },
    show: ({ deleted }) => `Deleted the webhook ${deleted}.`,
  })

  addDeliveryCommands(webhook, surroundings)
}

interface ChangeOptions {
  readonly displayName?: string
  readonly url?: string
  readonly urlFile?: string
  readonly format?: string
  readonly event?: readonly string[]
  readonly group?: readonly string[]
  readonly secretFile?: string
  readonly removeSecret?: boolean
  readonly active?: boolean
}

function changeableOptions(): Option[] {
  const repeated = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]
  return [
    new Option('--display-name <text>', 'for people'),
    new Option(
      '--url <url>',
      'where to, when the URL is no secret; with the format pulumi_deployments project/stack, which is updated',
    ),
    completes(
      new Option('--url-file <file>', 'where to, when the URL is a secret; - for standard input').conflicts(
        'url',
      ),
      'file',
    ),
    new Option('--format <format>', 'of what is sent (default: raw)').choices(FORMATS),
    new Option('--event <name>', 'tell of this event, such as update_failed; may be repeated').argParser(
      repeated,
    ),
    new Option('--group <name>', 'tell of stacks or deployments; may be repeated').argParser(repeated),
    completes(
      new Option('--secret-file <file>', 'sign with the secret in this file; - for standard input'),
      'file',
    ),
    new Option('--no-active', 'tell nothing for now'),
  ]
}

/** `__remove-secret` is the API's word. What is undefined was not said. */
async function saidOf(options: ChangeOptions, surroundings: Surroundings) {
  const { displayName, url, urlFile, format, event, group, secretFile, removeSecret, active } = options
  if (urlFile === '-' && secretFile === '-')
    throw new FailedCommand('standard input cannot be both the URL and the secret.', EXIT.misused)
  const secret = removeSecret
    ? '__remove-secret'
    : secretFile && (await readGivenLine(secretFile, 'the secret', surroundings))
  const payloadUrl = urlFile === undefined ? url : await readGivenLine(urlFile, 'the URL', surroundings)
  return { displayName, payloadUrl, format, filters: event, groups: group, secret, active }
}

function events({ filters, groups }: WebhookResponse): string {
  const words = [...groups, ...filters]
  return words.length === 0 ? 'all' : words.join(', ')
}

function showWebhook(webhook: WebhookResponse): string {
  const { name, displayName, payloadUrl, active, format, hasSecret } = webhook
  return record({
    name,
    'display name': displayName,
    url: payloadUrl,
    active: active ? 'yes' : 'no',
    format,
    secret: hasSecret ? 'yes' : 'no',
    events: events(webhook),
  })
}
