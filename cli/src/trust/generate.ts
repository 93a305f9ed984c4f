/** `daypass trust generate`: what lets in exactly this stack and these operations, ready for the cloud. */
import { issuerProblems } from '@daypass/trust/aws/advise.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import {
  awsCloudFormation,
  awsCommands,
  awsPulumiYaml,
  awsRoleName,
  awsTerraform,
} from '@daypass/trust/aws/generate-formats.ts'
import { MOST_FEDERATED_CREDENTIALS } from '@daypass/trust/azure/federated-credential.ts'
import {
  azureCommands,
  azurePulumiYaml,
  azureTerraform,
  generateAzureTrust,
  stacksAnApplicationHolds,
} from '@daypass/trust/azure/generate.ts'
import {
  generateGoogleTrust,
  googleCommands,
  googlePulumiYaml,
  googleTerraform,
} from '@daypass/trust/google/generate.ts'
import { type Command, Option } from 'commander'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { say } from '../output.ts'
import { describe } from '../server-command.ts'
import { sayLine } from './print.ts'
import { issuerOf, operationsIn, type StackOptions, stackNamed, UNDECIDED, withStack } from './scope.ts'

interface GenerateOptions extends StackOptions {
  readonly stack: string
  readonly format: string
}

export function addGenerateCommands(trust: Command, surroundings: Surroundings): void {
  const generate = trust
    .command('generate')
    .description('write what lets in exactly this stack and these operations, and nobody else')
    .addHelpText('after', NOTES)
  const aws = withFormat(generate.command('aws'), [
    'json',
    'commands',
    'terraform',
    'pulumi',
    'cloudformation',
  ])
    .description('a role’s trust policy')
    .requiredOption('--account <id>', 'the account of the role, 12 digits')
    .option('--partition <name>', 'aws, aws-cn or aws-us-gov', 'aws')
    .option('--role <name>', 'the role’s name, where the format has one (default: <project>-<stack>)')
    .option('--session-tags', 'the stack has session tags: allow sts:TagSession too')
    .action((options: AwsOptions) => generateAws(options, surroundings))
  describe(aws, {
    example:
      'daypass trust generate aws --stack acme/shop/dev --account 123456789012 --operation update > trust.json\ndaypass trust generate aws --stack acme/shop/dev --account 123456789012 --format commands | sh',
  })
  const azure = withFormat(generate.command('azure'), ['json', 'commands', 'terraform', 'pulumi'])
    .description('an application’s federated credentials: one for each subject')
    .option(
      '--application <id>',
      'client id (commands) or resource id (terraform, pulumi) of the application',
    )
    .action((options: AzureOptions) => generateAzure(options, surroundings))
  describe(azure, {
    example:
      'daypass trust generate azure --stack acme/shop/dev --format terraform \\\n  --application /applications/00000000-0000-0000-0000-000000000000',
  })
  const google = withFormat(generate.command('google'), ['json', 'commands', 'terraform', 'pulumi'])
    .description('a workload identity provider and the bindings of a service account')
    .requiredOption('--project-number <number>', 'the number of the project that holds the pool')
    .requiredOption('--service-account <e-mail>', 'whom the stack may act as')
    .option('--pool <id>', 'the workload identity pool', 'daypass')
    .option('--provider <id>', 'the provider in it', 'daypass')
    .action((options: GoogleOptions) => generateGoogle(options, surroundings))
  describe(google, {
    example:
      'daypass trust generate google --stack acme/shop/dev --project-number 123456 \\\n  --service-account shop@acme.iam.gserviceaccount.com',
  })
}

const NOTES = `
The answer names each subject in full, never with a wildcard. Give previews a role of their own that can only read:
ask twice, with --operation preview and with the others.`

function withFormat(command: Command, formats: readonly string[]): Command {
  const format = new Option('--format <word>', 'how it is written').choices(formats).default('json')
  return withStack(command).addOption(format)
}

async function scopeOf(options: GenerateOptions, surroundings: Surroundings) {
  const stack = stackNamed(options)
  const operations = operationsIn(options.operation)
  const issuerUrl = await issuerOf(options, surroundings)
  return { stack, operations, issuerUrl, audience: options.audience ?? stack.organization }
}

interface AwsOptions extends GenerateOptions {
  readonly account: string
  readonly partition: string
  readonly role?: string
  readonly sessionTags?: true
}

async function generateAws(options: AwsOptions, surroundings: Surroundings): Promise<void> {
  const { account: accountId, partition, format } = options
  const scope = { ...(await scopeOf(options, surroundings)), accountId, partition }
  const roleName = options.role ?? awsRoleName(scope.stack)
  if (!parseRoleArn(`arn:${partition}:iam::${accountId}:role/${roleName}`)) {
    throw new FailedCommand(
      'an AWS account has 12 digits, and the name of a role 1 to 64 of letters, digits and _+=,.@-.',
      UNDECIDED,
    )
  }
  const made = generateAwsTrustPolicy({ ...scope, sessionTags: options.sessionTags === true })
  if (!made.ok) throw new FailedCommand(made.refusal.sentence, UNDECIDED)
  const generated = { ...scope, roleName, policy: made.policy }
  for (const problem of issuerProblems(scope.issuerUrl)) say(`warning  ${problem}`)
  sayLine(format === 'json' ? made.json : AWS_FORMATS[format as keyof typeof AWS_FORMATS](generated))
}

const AWS_FORMATS = {
  commands: awsCommands,
  terraform: awsTerraform,
  pulumi: awsPulumiYaml,
  cloudformation: awsCloudFormation,
}

interface AzureOptions extends GenerateOptions {
  readonly application?: string
}

async function generateAzure(options: AzureOptions, surroundings: Surroundings): Promise<void> {
  const scope = await scopeOf(options, surroundings)
  const made = generateAzureTrust(scope)
  if (!made.ok) throw new FailedCommand(made.refusal.sentence, UNDECIDED)
  const { credentials } = made
  const { format, application } = options
  if (format === 'json') sayLine(JSON.stringify(credentials, null, 2))
  else if (application) sayLine(AZURE_FORMATS[format as keyof typeof AZURE_FORMATS](credentials, application))
  else throw new FailedCommand(`--application is needed for --format ${format}.`, UNDECIDED)
  say(
    `${credentials.length} of the ${MOST_FEDERATED_CREDENTIALS} federated credentials that Azure gives one application: ${stacksAnApplicationHolds(credentials.length)} stacks like this fit.`,
  )
}

const AZURE_FORMATS = { commands: azureCommands, terraform: azureTerraform, pulumi: azurePulumiYaml }

interface GoogleOptions extends GenerateOptions {
  readonly projectNumber: string
  readonly serviceAccount: string
  readonly pool: string
  readonly provider: string
}

async function generateGoogle(options: GoogleOptions, surroundings: Surroundings): Promise<void> {
  const scope = await scopeOf(options, surroundings)
  const { projectNumber, serviceAccount, pool: poolId, provider: providerId, format } = options
  const made = generateGoogleTrust({ ...scope, projectNumber, serviceAccount, poolId, providerId })
  if (!made.ok) throw new FailedCommand(`${made.refusal.path}: ${made.refusal.sentence}`, UNDECIDED)
  const { trust } = made
  if (format === 'json') sayLine(JSON.stringify(made.written, null, 2))
  else sayLine(GOOGLE_FORMATS[format as keyof typeof GOOGLE_FORMATS](trust))
  if (trust.provider.attributeMapping['attribute.run'] !== undefined) {
    say('The subjects are longer than Google’s 127 bytes: the provider maps stack and operation instead.')
  }
}

const GOOGLE_FORMATS = { commands: googleCommands, terraform: googleTerraform, pulumi: googlePulumiYaml }
