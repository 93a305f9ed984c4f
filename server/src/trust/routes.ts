/** `/api/daypass/stacks/{org}/{project}/{stack}/trust`: what its clouds must trust, and why they do or do not. */
import {
  EXPLAIN_TRUST_PATH,
  ExplainedTrust,
  ExplainTrustRequest,
  STACK_TRUST_PATH,
  StackTrust,
} from '@daypass/contract/trust.ts'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import type { Operation, SubjectStack } from '@daypass/trust/subject.ts'
import type { FastifyInstance } from 'fastify'
import type { Database } from '../db/database.ts'
import { actingIdentity } from '../identity/by-operation.ts'
import { readStackIdentity } from '../identity/identity.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { savedOidc } from '../settings/saved.ts'
import type { Oidc } from '../settings/settings.ts'
import { loadStackFor, type Stack, type StackNames } from '../stacks/stack.ts'
import type { Judge } from './judge.ts'

interface TrustServices {
  readonly db: Database
  readonly config: { readonly issuerUrl: string }
  readonly judge: Judge
}

/** Documents of one role; no cloud has larger ones. */
const BODY_BYTES = 256 * 1024

/** Loaded when somebody asks: reading Google's conditions takes 20 MB, which most servers need never have. */
const engine = () => import('./trust.ts')

export function trustRoutes(app: FastifyInstance, { db, config, judge }: TrustServices): void {
  const tags = ['Identity']

  app.get<{ Params: StackNames }>(
    STACK_TRUST_PATH,
    { schema: { tags, response: { 200: StackTrust }, summary: "What a stack's clouds must trust" } },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const { subject, oidcOf, sessionTags } = await identityOf(db, stack)
      const { stackTrust } = await engine()
      return stackTrust(config.issuerUrl, subject, oidcOf, sessionTags)
    },
  )

  app.post<{ Params: StackNames; Body: ExplainTrustRequest }>(
    EXPLAIN_TRUST_PATH,
    {
      config: { bodyBytes: BODY_BYTES },
      schema: {
        tags,
        body: ExplainTrustRequest,
        response: { 200: ExplainedTrust },
        summary: "Whether a cloud's documents let in a stack's deployments, and if not, why",
      },
    },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const { subject, oidcOf, sessionTags } = await identityOf(db, stack)
      const { stackTrust } = await engine()
      const trust = stackTrust(config.issuerUrl, subject, oidcOf, sessionTags)
      const explained = await judge({
        ...body,
        issuerUrl: config.issuerUrl,
        stack: subject,
        sessionTags,
        account: onlyOne(
          trust.aws.flatMap(({ roleArn }) => parseRoleArn(roleArn) ?? []),
          'accountId',
        ),
        serviceAccount: onlyOne(trust.google, 'serviceAccount')?.serviceAccount,
      })
      return isRefusal(explained) ? refuse(reply, explained) : explained
    },
  )
}

interface IdentityOfStack {
  /** What its subjects are made of. */
  readonly subject: SubjectStack
  /** As whom each operation acts, by the saved settings and the identity of the stack. */
  readonly oidcOf: (operation: Operation) => Oidc | undefined
  /** Of its sessions at AWS. */
  readonly sessionTags: readonly string[]
}

async function identityOf(
  db: Database,
  { id, organization, project, name }: Stack,
): Promise<IdentityOfStack> {
  const [oidc, identity] = await Promise.all([savedOidc(db, id), readStackIdentity(db, id)])
  return {
    subject: { organization, project, stack: name, form: identity.subjectForm, stackUuid: id },
    oidcOf: (operation) => actingIdentity(operation, oidc, identity).oidc,
    sessionTags: identity.sessionTags,
  }
}

function onlyOne<Item>(items: readonly Item[], key: keyof Item): Item | undefined {
  return new Set(items.map((item) => item[key])).size === 1 ? items[0] : undefined
}
