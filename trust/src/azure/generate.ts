/**
 * The federated credentials that let in exactly the given stack and operations: one for each subject, for Azure has no
 * wildcard. That is one for each operation, or two for a stack whose subjects say only `read` or `write`.
 *
 * `federated-credential.test.ts` proves with the engine that they let in these and nobody else.
 */
import { hclString, pulumiString, shellWord } from '../code-quote.ts'
import { accessOf, OPERATIONS, type Operation, type SubjectStack, subjectsOf } from '../subject.ts'
import {
  type FederatedCredential,
  LONGEST_CREDENTIAL_FIELD,
  MOST_FEDERATED_CREDENTIALS,
} from './federated-credential.ts'

/** What Azure's portal fills in; a deployment's token is for its organization instead. */
export const DEFAULT_AZURE_AUDIENCE = 'api://AzureADTokenExchange'

export interface AzureTrustInput {
  readonly issuerUrl: string
  readonly audience: string
  readonly stack: SubjectStack
  /** By default all six. */
  readonly operations?: readonly Operation[]
}

export type AzureGenerateResult =
  | { readonly ok: true; readonly credentials: readonly FederatedCredential[] }
  | {
      readonly ok: false
      readonly refusal: { readonly code: 'generate_issuer' | 'generate_field'; readonly sentence: string }
    }

export function generateAzureTrust(input: AzureTrustInput): AzureGenerateResult {
  const { issuerUrl, audience, stack, operations = OPERATIONS } = input
  if (!/^https:\/\/[^\s?#"\\]+$/.test(issuerUrl)) {
    const sentence = 'The issuer must be an https URL without query: Entra fetches its keys from there.'
    return { ok: false, refusal: { code: 'generate_issuer', sentence } }
  }
  const words = operations.map((operation) => (stack.form === 'class' ? accessOf(operation) : operation))
  const names = [...new Set(words)].map((word) => credentialName(stack, word))
  const credentials = subjectsOf(stack, operations).map((subject, at) => ({
    name: names[at] ?? '',
    issuer: issuerUrl,
    subject: subject as string,
    audiences: [audience],
  }))
  const tooLong = credentials
    .flatMap(({ issuer, subject }) => [issuer, subject, audience])
    .find((text) => text === '' || text.length > LONGEST_CREDENTIAL_FIELD || text.trim() !== text)
  if (tooLong !== undefined) {
    const sentence = `Issuer, subject and audience must have 1 to ${LONGEST_CREDENTIAL_FIELD} characters each.`
    return { ok: false, refusal: { code: 'generate_field', sentence } }
  }
  return { ok: true, credentials }
}

/** How many stacks with as many credentials one application has room for. */
export function stacksAnApplicationHolds(credentialsOfOne: number): number {
  return Math.floor(MOST_FEDERATED_CREDENTIALS / credentialsOfOne)
}

/** Names take letters, digits, `-` and `_`, at most 120 of them, and begin with a letter or a digit. */
const LONGEST_NAME = 120

/** @param word What it lets in: an operation, or `read` or `write`. */
function credentialName({ project, stack }: SubjectStack, word: string): string {
  const names = `${project}-${stack}`.replaceAll(/[^A-Za-z0-9_-]/g, '-')
  return `daypass-${names.slice(0, LONGEST_NAME - word.length - 9)}-${word}`
}

/** @param clientId Of the application. */
export function azureCommands(credentials: readonly FederatedCredential[], clientId: string): string {
  return credentials
    .map((credential) => {
      const parameters = shellWord(JSON.stringify(credential))
      return `az ad app federated-credential create --id ${shellWord(clientId)} --parameters ${parameters}`
    })
    .join('\n')
}

export function azureTerraform(credentials: readonly FederatedCredential[], applicationId: string): string {
  return credentials
    .map(({ name, issuer, subject, audiences }) =>
      [
        `resource "azuread_application_federated_identity_credential" ${JSON.stringify(name.replaceAll('-', '_'))} {`,
        `  application_id = ${hclString(applicationId)}`,
        `  display_name   = ${hclString(name)}`,
        `  issuer         = ${hclString(issuer)}`,
        `  subject        = ${hclString(subject)}`,
        `  audiences      = [${audiences.map(hclString).join(', ')}]`,
        '}',
      ].join('\n'),
    )
    .join('\n\n')
}

export function azurePulumiYaml(credentials: readonly FederatedCredential[], applicationId: string): string {
  const resources = credentials.flatMap(({ name, issuer, subject, audiences }) => [
    `  ${name}:`,
    '    type: azuread:ApplicationFederatedIdentityCredential',
    '    properties:',
    `      applicationId: ${pulumiString(applicationId)}`,
    `      displayName: ${pulumiString(name)}`,
    `      issuer: ${pulumiString(issuer)}`,
    `      subject: ${pulumiString(subject)}`,
    `      audiences: [${audiences.map(pulumiString).join(', ')}]`,
  ])
  return ['resources:', ...resources].join('\n')
}
