/** `daypass trust show`: what a stack's clouds must trust, as the server knows its issuer, its settings and its identity. */
import { STACK_TRUST_PATH, StackTrust } from '@daypass/contract/trust.ts'
import type { Command } from 'commander'
import type { Surroundings } from '../failed-command.ts'
import { addServerCommand, stackOption } from '../server-command.ts'
import { pathTo } from '../server-path.ts'

export function addShowCommand(trust: Command, surroundings: Surroundings): void {
  addServerCommand(trust, surroundings, {
    name: 'show',
    summary: 'what the clouds of a stack must trust: issuer, audience, subjects, and whose documents say so',
    options: [stackOption()],
    example:
      'daypass trust show --stack acme/shop/dev\ndaypass trust show --json | jq .aws[0].trustPolicy > trust.json',
    answer: StackTrust,
    run: async (session) => session.call('GET', pathTo(STACK_TRUST_PATH, { ...(await session.stack()) })),
    show: sayTrust,
  })
}

type Identity = { readonly operations: readonly string[]; readonly problems: readonly string[] }

function sayTrust({ issuer, audience, subjects, aws, azure, google }: StackTrust): string {
  const width = Math.max(...subjects.map(({ operation }) => operation.length))
  const identities = [
    ...aws.map((one) =>
      sayIdentity('AWS', one.roleArn, { ...one, problems: [...tagging(one), ...one.problems] }),
    ),
    ...azure.map((one) => sayIdentity('Azure', one.clientId ?? 'an application', one)),
    ...google.map((one) => sayIdentity('Google Cloud', one.serviceAccount, one)),
  ]
  return [
    `issuer    ${issuer}`,
    `audience  ${audience}`,
    '',
    ...subjects.map(({ operation, subject }) => `${operation.padEnd(width)}  ${subject}`),
    '',
    ...(identities.length > 0 ? identities : [NOBODY]),
  ].join('\n')
}

const NOBODY = 'No cloud: neither the settings nor the identity of the stack name whom it acts as.'

function tagging({ sessionTags }: StackTrust['aws'][number]): readonly string[] {
  if (sessionTags.length === 0) return []
  return [
    `Its sessions have tags (${sessionTags.join(', ')}): its trust policy must allow sts:TagSession beside sts:AssumeRoleWithWebIdentity.`,
  ]
}

function sayIdentity(cloud: string, name: string, { operations, problems }: Identity): string {
  const who = `${cloud}: ${operations.join(', ')} as ${name}`
  return [who, ...problems.map((problem) => `  ${problem}`)].join('\n')
}
