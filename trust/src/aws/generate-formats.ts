/**
 * A generated trust policy as what people apply: commands of `aws`, Terraform, Pulumi YAML or CloudFormation, with the
 * provider that it needs. Each makes the provider and the role and gives the role no permission: that is for people.
 */
import { hclString, indented, pulumiString, shellWord } from '../code-quote.ts'
import { providerArnOf } from './arn.ts'
import type { AwsTrustPolicyDocument } from './generate.ts'

export interface AwsGenerated {
  readonly policy: AwsTrustPolicyDocument
  readonly issuerUrl: string
  readonly accountId: string
  readonly partition?: string | undefined
  readonly audience: string
  readonly roleName: string
}

/** A role's name: what AWS takes of project and stack. */
export function awsRoleName({
  project,
  stack,
}: {
  readonly project: string
  readonly stack: string
}): string {
  return `${project}-${stack}`.replaceAll(/[^\w+=,.@-]/g, '-').slice(0, LONGEST_ROLE_NAME)
}

const LONGEST_ROLE_NAME = 64

export function awsCommands(generated: AwsGenerated): string {
  const { policy, issuerUrl, accountId, partition, audience, roleName } = generated
  const arn = providerArnOf(issuerUrl, accountId, partition)
  return [
    `# Once in the account ${accountId}; if it has the provider already, add the audience to it instead:`,
    `#   aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${shellWord(arn)} --client-id ${shellWord(audience)}`,
    `aws iam create-open-id-connect-provider --url ${shellWord(issuerUrl)} --client-id-list ${shellWord(audience)}`,
    `aws iam create-role --role-name ${shellWord(roleName)} --assume-role-policy-document ${shellWord(JSON.stringify(policy))}`,
    `# What the stack may do: aws iam attach-role-policy --role-name ${shellWord(roleName)} --policy-arn <arn>`,
  ].join('\n')
}

export function awsTerraform({ policy, issuerUrl, audience, roleName }: AwsGenerated): string {
  return [
    'resource "aws_iam_openid_connect_provider" "daypass" {',
    `  url            = ${hclString(issuerUrl)}`,
    `  client_id_list = [${hclString(audience)}]`,
    '}',
    '',
    `resource "aws_iam_role" ${JSON.stringify(roleName.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_'))} {`,
    `  name       = ${hclString(roleName)}`,
    '  depends_on = [aws_iam_openid_connect_provider.daypass]',
    '  assume_role_policy = <<-JSON',
    indented(JSON.stringify(policy, null, 2), 4),
    '  JSON',
    '}',
  ].join('\n')
}

export function awsPulumiYaml({ policy, issuerUrl, audience, roleName }: AwsGenerated): string {
  return [
    'resources:',
    '  provider:',
    '    type: aws:iam:OpenIdConnectProvider',
    '    properties:',
    `      url: ${pulumiString(issuerUrl)}`,
    `      clientIdLists: [${pulumiString(audience)}]`,
    '  role:',
    '    type: aws:iam:Role',
    '    properties:',
    `      name: ${pulumiString(roleName)}`,
    '      assumeRolePolicy: |',
    indented(JSON.stringify(policy, null, 2), 8),
    '    options: { dependsOn: ["${provider}"] }',
  ].join('\n')
}

export function awsCloudFormation({ policy, issuerUrl, audience, roleName }: AwsGenerated): string {
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      Provider: {
        Type: 'AWS::IAM::OIDCProvider',
        Properties: { Url: issuerUrl, ClientIdList: [audience] },
      },
      Role: {
        Type: 'AWS::IAM::Role',
        DependsOn: 'Provider',
        Properties: { RoleName: roleName, AssumeRolePolicyDocument: policy },
      },
    },
  }
  return JSON.stringify(template, null, 2)
}
