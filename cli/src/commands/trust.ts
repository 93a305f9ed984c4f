/** `daypass trust policy` and `daypass trust check`: the trust engine at the prompt. Nothing leaves the machine. */
import { readFile } from 'node:fs/promises'
import { issuerProblems } from '@daypass/trust/aws/advise.ts'
import { providerArnOf } from '@daypass/trust/aws/arn.ts'
import type { AwsProvider, AwsTokenClaims } from '@daypass/trust/aws/context.ts'
import { evaluateAwsTrust } from '@daypass/trust/aws/evaluate.ts'
import { explainAwsTrust } from '@daypass/trust/aws/explain.ts'
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import { lintAwsTrustPolicy } from '@daypass/trust/aws/lint.ts'
import { parseAwsTrustPolicy } from '@daypass/trust/aws/parse.ts'
import {
  isOperation,
  isOrganizationName,
  isProjectName,
  isStackName,
  OPERATIONS,
  type Operation,
  subjectOf,
} from '@daypass/trust/subject.ts'
import type { Command } from 'commander'
import { FailedCommand } from '../failed-command.ts'

interface StackOptions {
  readonly issuer: string
  readonly account: string
  readonly partition: string
  readonly stack: string
  readonly operation: readonly string[]
  readonly audience?: string
}

export function addTrustCommands(program: Command): void {
  const trust = program.command('trust').description('write and check AWS trust policies, on this machine')
  withStack(trust.command('policy'))
    .description('print a trust policy that lets in this stack and these operations, and nobody else')
    .action(printPolicy)
  withStack(trust.command('check'))
    .description('say for each operation whether a policy lets this stack in, and if not, which clause fails')
    .requiredOption('--policy <file>', 'the role’s trust policy, as JSON')
    .action(checkPolicy)
}

function withStack(command: Command): Command {
  return command
    .requiredOption('--issuer <url>', 'the issuer: <base URL>/oidc')
    .requiredOption('--account <id>', 'the AWS account of the role, 12 digits')
    .option('--partition <name>', 'aws, aws-cn or aws-us-gov', 'aws')
    .requiredOption('--stack <organization/project/stack>', 'the stack in full')
    .option(
      '--operation <word>',
      `${OPERATIONS.join(', ')}; may be repeated (default: preview, update, refresh, destroy)`,
      collect,
      [],
    )
    .option('--audience <text>', 'by default the organization')
}

function printPolicy(options: StackOptions): void {
  const { organization, project, stack } = namesIn(options.stack)
  const result = generateAwsTrustPolicy({
    issuerUrl: options.issuer,
    accountId: options.account,
    partition: options.partition,
    audience: options.audience ?? organization,
    stack: { organization, project, stack },
    operations: operationsIn(options.operation),
  })
  if (!result.ok) throw new FailedCommand(result.refusal.sentence)
  warnOfIssuer(options.issuer)
  process.stdout.write(`${result.json}\n`)
}

async function checkPolicy(options: StackOptions & { readonly policy: string }): Promise<void> {
  const names = namesIn(options.stack)
  if (!/^[0-9]{12}$/.test(options.account))
    throw new FailedCommand('--account takes the 12 digits of an AWS account.')
  warnOfIssuer(options.issuer)
  const audience = options.audience ?? names.organization
  const text = await readFile(options.policy, 'utf8').catch((error: Error) => {
    throw new FailedCommand(`cannot read the policy: ${error.message}`)
  })
  const parsed = parseAwsTrustPolicy(text)
  if (!parsed.ok)
    throw new FailedCommand(`${options.policy}, at ${parsed.refusal.path}: ${parsed.refusal.sentence}`)
  const provider: AwsProvider = {
    arn: providerArnOf(options.issuer, options.account, options.partition),
    issuerUrl: options.issuer,
    audiences: [audience],
  }
  let refused = 0
  for (const operation of operationsIn(options.operation)) {
    const claims: AwsTokenClaims = {
      iss: options.issuer,
      sub: subjectOf({ ...names, operation }),
      aud: audience,
    }
    const decision = evaluateAwsTrust({ policy: parsed.policy, provider, claims })
    process.stdout.write(`${decision.allowed ? 'allowed' : 'refused'}  ${operation}\n`)
    for (const { sentence, mend } of explainAwsTrust(decision, provider, claims)) {
      process.stdout.write(`         ${sentence}\n         ${mend}\n`)
    }
    if (!decision.allowed) refused += 1
  }
  for (const { sentence, mend } of lintAwsTrustPolicy({ policy: parsed.policy, issuerUrl: options.issuer })) {
    process.stdout.write(`warning  ${sentence}\n         ${mend}\n`)
  }
  if (refused > 0) process.exitCode = 1
}

function namesIn(text: string): { organization: string; project: string; stack: string } {
  const [organization, project, stack, ...rest] = text.split('/')
  if (!organization || !project || !stack || rest.length > 0) {
    throw new FailedCommand(`--stack takes organization/project/stack, not "${text}".`)
  }
  if (!isOrganizationName(organization) || !isProjectName(project) || !isStackName(stack)) {
    throw new FailedCommand(
      `"${text}" cannot be a stack: organizations are lower case, 3 to 40 characters; no name has a wildcard, blank or colon.`,
    )
  }
  return { organization, project, stack }
}

function operationsIn(words: readonly string[]): readonly Operation[] {
  if (words.length === 0) return DEPLOYED
  return words.map((word) => {
    if (isOperation(word)) return word
    const hint = word === 'up' ? ' (the word of the API is update)' : ''
    throw new FailedCommand(`"${word}" is no operation${hint}: ${OPERATIONS.join(', ')}.`)
  })
}

/** What deployments run today; a drift run must be named. */
const DEPLOYED: readonly Operation[] = ['preview', 'update', 'refresh', 'destroy']

/** Said, not refused: a local cloud takes what AWS does not. */
function warnOfIssuer(issuerUrl: string): void {
  for (const problem of issuerProblems(issuerUrl)) process.stderr.write(`warning  ${problem}\n`)
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value]
}
