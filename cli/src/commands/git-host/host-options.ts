/** What may be said of a git host when it is connected and later. Secrets come from files or standard input only. */
import { InvalidArgumentError, Option } from 'commander'
import { completes } from '../../completion/values.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { readGiven, readGivenLine } from '../../input-file.ts'

export interface CredentialOptions {
  readonly hostTokenFile?: string
  readonly userName?: string
  readonly appId?: string
  readonly privateKeyFile?: string
  readonly repository?: readonly string[]
  readonly comments?: boolean
  readonly every?: number
  readonly pool?: string
}

export function credentialOptions(): Option[] {
  const repeated = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value]
  return [
    completes(
      new Option(
        '--host-token-file <file>',
        'the token that the host is spoken to with; - for standard input',
      ),
      'file',
    ),
    new Option(
      '--user-name <name>',
      'beside a token that the host takes as a password (Bitbucket, with an API token of a person)',
    ),
    new Option('--app-id <id>', 'of a GitHub App'),
    completes(new Option('--private-key-file <file>', 'of a GitHub App, PEM; - for standard input'), 'file'),
    new Option(
      '--repository <pattern>',
      'owner/name or owner/*: only these; may be repeated (default: all that the host tells of)',
    ).argParser(repeated),
    new Option('--every <seconds>', 'of what is polled: between two looks, such as 60s').argParser(seconds),
    new Option('--pool <pool>', 'of what is polled: whose runners look, by id or name'),
    new Option('--no-comments', 'write no comments on pull requests'),
  ]
}

function seconds(value: string): number {
  const [, number, unit = 's'] = /^([1-9][0-9]{0,5})(s|m|h)?$/.exec(value) ?? []
  if (number === undefined)
    throw new InvalidArgumentError('Say a time such as 60s, 5m or 1h, of 5 seconds to a day.')
  return Number(number) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)
}

/** What is undefined was not said. */
export async function credentialsOf(
  { hostTokenFile, userName, appId, privateKeyFile, repository, comments, every, pool }: CredentialOptions,
  surroundings: Surroundings,
) {
  if (hostTokenFile === '-' && privateKeyFile === '-')
    throw new FailedCommand('standard input cannot be both the token and the key.', EXIT.misused)
  return {
    token:
      hostTokenFile === undefined ? undefined : await readGivenLine(hostTokenFile, 'the token', surroundings),
    userName,
    appId,
    privateKey:
      privateKeyFile === undefined
        ? undefined
        : await readGiven(privateKeyFile, 'the private key', surroundings),
    repositories: repository,
    everySeconds: every,
    agentPoolID: pool,
    // Commander's default of `--no-comments` is true, and says nothing.
    comments: comments === false ? false : undefined,
  }
}
