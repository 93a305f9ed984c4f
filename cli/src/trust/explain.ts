/** `daypass trust explain`: does this policy let in this stack, or this token, and if not, which clause stands in the way? */
import { arrangeTrust, judgeTrust, type TrustJudgement } from '@daypass/trust/arrangement.ts'
import { issuerProblems } from '@daypass/trust/aws/advise.ts'
import { readTrustDocument, type TrustDocument } from '@daypass/trust/document.ts'
import type { Command } from 'commander'
import { Type } from 'typebox'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { printJson, say } from '../output.ts'
import { describe } from '../server-command.ts'
import { sayLine, sayMend } from './print.ts'
import { type Passenger, passengersOf, readText, type StackOptions, UNDECIDED, withStack } from './scope.ts'
import { passengerOf, timeWarning } from './token.ts'

interface ExplainOptions extends StackOptions {
  readonly token?: string
  readonly account?: string
  readonly partition?: string
  readonly requestKey: Readonly<Record<string, string>>
  readonly serviceAccount?: string
  readonly json?: boolean
}

export function addExplainCommand(trust: Command, surroundings: Surroundings): void {
  const command = withStack(trust.command('explain <files...>'))
    .description(
      'say whether a policy lets in a stack or a token, and if not, which clause refuses and how to mend it',
    )
    .option('--token <file>', 'judge the claims of this token instead of a stack’s (- for standard input)')
    .option('--account <id>', 'AWS: the account of the role (default: that of the provider in the policy)')
    .option(
      '--partition <name>',
      'AWS: aws, aws-cn or aws-us-gov (default: that of the provider in the policy)',
    )
    .option(
      '--request-key <key=value>',
      'AWS: what else a condition asks of the request, such as aws:SourceIp=203.0.113.7; may be repeated',
      (text: string, previous: Readonly<Record<string, string>>) => ({ ...previous, ...requestKey(text) }),
      {},
    )
    .option(
      '--claim <name=value>',
      'Google Cloud: a claim that only a run has, such as urn:daypass:trigger=schedule; may be repeated',
      (text: string, previous: Readonly<Record<string, string>>) => ({ ...previous, ...ownClaim(text) }),
      {},
    )
    .option('--session-tags', 'AWS: the stack has session tags')
    .option('--service-account <e-mail>', 'Google Cloud: whose IAM policy it is')
    .option('--json', 'print JSON')
    .addHelpText('after', NOTES)
    .action((files: readonly string[], options: ExplainOptions) => explain(files, options, surroundings))
  describe(command, { example: EXAMPLE, answer: Explained })
}

const EXAMPLE = `daypass trust explain role.json --stack acme/shop/dev
daypass trust explain credentials.json --stack acme/shop/dev --operation update --issuer https://daypass.example.com/oidc
daypass trust explain provider.json service-account.json --stack acme/shop/dev --service-account shop@acme.iam.gserviceaccount.com
daypass trust explain role.json --token "$PULUMI_OIDC_TOKEN_FILE" --json`

export const Explained = Type.Object({
  allowed: Type.Boolean({ description: 'Whether all are let in.' }),
  tokens: Type.Array(
    Type.Object({
      operation: Type.Optional(Type.String()),
      issuer: Type.String(),
      subject: Type.String(),
      audience: Type.Union([Type.String(), Type.Array(Type.String())]),
      allowed: Type.Boolean(),
      by: Type.Optional(Type.String({ description: 'What let it in.' })),
      explanations: Type.Optional(
        Type.Array(Type.Object({ code: Type.String(), sentence: Type.String(), mend: Type.String() })),
      ),
    }),
  ),
})

const NOTES = `
The files are what the clouds' own commands print; which cloud it is shows in them:
  AWS      aws iam get-role --role-name shop-dev > role.json
           aws iam get-open-id-connect-provider --open-id-connect-provider-arn <arn> > provider.json   (optional)
  Azure    az ad app federated-credential list --id <client id> > credentials.json
  Google   gcloud iam workload-identity-pools providers describe <provider> --workload-identity-pool=<pool> \\
             --location=global --format=json > provider.json
           gcloud iam service-accounts get-iam-policy <e-mail> --format=json > service-account.json

Nothing is asked of a cloud and nothing is sent. Exit code: 0 when all are let in, 1 when one is refused, 2 when it could not be decided.`

interface Judged extends Passenger {
  readonly judgement: TrustJudgement
}

async function explain(
  files: readonly string[],
  options: ExplainOptions,
  surroundings: Surroundings,
): Promise<void> {
  const documents = await Promise.all(
    files.map((file) => documentIn(file, options.serviceAccount, surroundings)),
  )
  const passengers = await passengersIn(options, surroundings)
  const judged = passengers.map((passenger) => ({
    ...passenger,
    judgement: judge(documents, passenger, options, surroundings.now()),
  }))
  if (documents.some(({ kind }) => kind === 'aws-trust-policy')) warnOfIssuer(passengers)
  if (options.json) printJson(answerOf(judged))
  else for (const one of judged) print(one)
  if (judged.some(({ judgement }) => !judgement.allowed)) process.exitCode = 1
}

async function documentIn(
  file: string,
  serviceAccount: string | undefined,
  surroundings: Surroundings,
): Promise<TrustDocument> {
  const read = readTrustDocument(await readText(file, surroundings), serviceAccount)
  if (read.ok) return read.document
  throw new FailedCommand(`${file}, at ${read.refusal.path}: ${read.refusal.sentence}`, UNDECIDED)
}

async function passengersIn(
  options: ExplainOptions,
  surroundings: Surroundings,
): Promise<readonly Passenger[]> {
  if (options.token === undefined) return passengersOf(options, surroundings)
  if (options.stack !== undefined || options.operation.length > 0) {
    throw new FailedCommand('--token says itself whose it is: leave out --stack and --operation.', UNDECIDED)
  }
  const passenger = passengerOf(await readText(options.token, surroundings))
  const warning = timeWarning(passenger, surroundings.now())
  if (warning) say(`warning  ${warning}`)
  return [passenger]
}

function judge(
  documents: readonly TrustDocument[],
  { claims }: Passenger,
  { account, partition, requestKey: given }: ExplainOptions,
  now: Date,
): TrustJudgement {
  if (account !== undefined && !/^[0-9]{12}$/.test(account)) {
    throw new FailedCommand('--account takes the 12 digits of an AWS account.', UNDECIDED)
  }
  const arranged = arrangeTrust(documents, {
    issuerUrl: claims.iss,
    audience: [claims.aud].flat()[0] ?? '',
    accountId: account,
    partition,
  })
  if (arranged.ok) return judgeTrust(arranged.arrangement, claims, { ...requestKeysAt(now), ...given })
  const hint = arranged.refusal.code === 'account_unknown' ? ' (--account)' : ''
  throw new FailedCommand(`${arranged.refusal.sentence}${hint}`, UNDECIDED)
}

/** What is true of every request that a runner makes. */
function requestKeysAt(now: Date): Readonly<Record<string, string>> {
  return {
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
  }
}

function ownClaim(text: string): Readonly<Record<string, string>> {
  const [, name, value] = /^(urn:daypass:[a-z_]+)=(.*)$/.exec(text) ?? []
  if (name !== undefined && value !== undefined) return { [name]: value }
  throw new FailedCommand(
    `--claim takes name=value, such as urn:daypass:trigger=schedule, not "${text}".`,
    UNDECIDED,
  )
}

function requestKey(text: string): Readonly<Record<string, string>> {
  const [, key, value] = /^([^=\s]+:[^=\s]+)=(.*)$/.exec(text) ?? []
  if (key !== undefined && value !== undefined) return { [key]: value }
  throw new FailedCommand(
    `--request-key takes key=value, such as aws:SourceIp=203.0.113.7, not "${text}".`,
    UNDECIDED,
  )
}

/** Said, not refused: a local cloud takes what AWS does not. */
function warnOfIssuer([first]: readonly Passenger[]): void {
  for (const problem of first ? issuerProblems(first.claims.iss) : []) say(`warning  ${problem}`)
}

function print({ operation, claims, judgement }: Judged): void {
  const what = operation ?? claims.sub
  if (judgement.allowed) {
    sayLine(`allowed  ${what.padEnd(15)}  by ${judgement.by}`)
    return
  }
  sayLine(`refused  ${what}`)
  for (const { sentence, mend, code } of judgement.explanations) sayMend(`${sentence} [${code}]`, mend)
}

/** `Explained`. */
function answerOf(judged: readonly Judged[]): object {
  return {
    allowed: judged.every(({ judgement }) => judgement.allowed),
    tokens: judged.map(({ operation, claims: { iss, sub, aud }, judgement }) => ({
      ...(operation !== undefined && { operation }),
      issuer: iss,
      subject: sub,
      audience: aud,
      ...judgement,
    })),
  }
}
