/** Changes that change nothing: whoever refuses these is too strict. */
import { subject } from '../deployment.ts'
import type { Mutation } from '../mutant.ts'
import { type AwsArranged, type AwsStatement, arnOf, ask, first } from './arranged.ts'

const fine = (how: string, apply: Mutation<AwsArranged>['apply']): Mutation<AwsArranged> => ({
  how,
  clause: undefined,
  apply,
})

export const HARMLESS: readonly Mutation<AwsArranged>[] = [
  fine('nothing', () => {}),
  fine('a Sid', (a) => {
    first(a).Sid = 'Deployments'
  }),
  fine('a statement for others before it', (a) => {
    a.policy.Statement.unshift({
      ...first(a),
      Principal: { Federated: arnOf(a.accountId, 'token.actions.githubusercontent.com') },
    })
  }),
  fine('a list of principals', (a) => {
    first(a).Principal = { Federated: [arnOf(a.accountId, 'example.com'), arnOf(a.accountId, a.key)] }
  }),
  fine('an action in small letters', (a) => {
    first(a).Action = ['sts:TagSession', 'sts:assumerolewithwebidentity']
  }),
  fine('a pattern of actions', (a) => {
    first(a).Action = 'sts:AssumeRoleWith*'
  }),
  fine('all actions but others', (a) => {
    const { Action: _, ...rest } = first(a)
    a.policy.Statement[0] = { ...rest, NotAction: 'sts:AssumeRole' }
  }),
  fine('keys in capitals', (a) => {
    const condition = first(a).Condition ?? {}
    for (const [operator, block] of Object.entries(condition)) {
      condition[operator] = Object.fromEntries(
        Object.entries(block).map(([key, values]) => [key.toUpperCase(), values]),
      )
    }
  }),
  fine('more subjects in the list', (a) =>
    ask(a, 'sub', 'StringEquals', ['x', subject(a.names), subject({ ...a.names, stack: 'qa' })]),
  ),
  fine('a subject by letters', (a) => ask(a, 'sub', 'StringLike', subject(a.names).replace(/.$/, '?'))),
  fine('a subject in other capitals, where case is not read', (a) =>
    ask(a, 'sub', 'StringEqualsIgnoreCase', subject(a.names).toUpperCase()),
  ),
  fine('an operator of sets', (a) => ask(a, 'sub', 'ForAllValues:StringLike', subject(a.names))),
  fine('an operator that takes absence', (a) => ask(a, 'aud', 'StringEqualsIfExists', a.names.organization)),
  fine('another subject that is kept out', (a) => {
    const condition = first(a).Condition ?? {}
    condition['StringNotLike'] = { [`${a.key}:sub`]: ['*:stack:never:*', 'x'] }
  }),
  fine('a claim that may be absent', (a) => {
    const condition = first(a).Condition ?? {}
    condition['StringEqualsIgnoreCaseIfExists'] = { [`${a.key}:amr`]: 'x' }
  }),
  fine('a time that is not over', (a) => {
    const condition = first(a).Condition ?? {}
    condition['DateGreaterThan'] = { 'aws:CurrentTime': '2020-01-01T00:00:00Z' }
  }),
  fine('an address of here', (a) => {
    const condition = first(a).Condition ?? {}
    condition['IpAddress'] = { 'aws:SourceIp': ['10.0.0.0/8', '127.0.0.1'] }
  }),
  fine('another address that is kept out', (a) => {
    const condition = first(a).Condition ?? {}
    condition['NotIpAddress'] = { 'aws:SourceIp': '203.0.113.0/24' }
  }),
  fine('a key that must be there', (a) => {
    const condition = first(a).Condition ?? {}
    condition['Null'] = { [`${a.key}:sub`]: 'false' }
  }),
  fine('a Deny of others', (a) => {
    a.policy.Statement.push({
      ...first(a),
      Effect: 'Deny',
      Condition: { StringLike: { [`${a.key}:sub`]: '*:stack:never:*' } },
    })
  }),
  fine('several audiences in the token', (a) => {
    a.token.claims['aud'] = ['other', a.names.organization]
  }),
  fine('a statement alone', (a) => {
    a.policy.Statement = first(a) as unknown as AwsStatement[]
  }),
]
