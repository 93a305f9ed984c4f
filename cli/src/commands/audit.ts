/** `daypass audit …`: whether the record of issued tokens is whole, for an admin of the installation. */
import { readFile } from 'node:fs/promises'
import {
  headText,
  MINT_BLOCKS_PATH,
  MintBlock,
  MintBlockPage,
  NEWEST_MINT_BLOCK_PATH,
} from '@daypass/contract/mint-chain.ts'
import { TokenTrace, TRACE_PATH, type TracedDeployment } from '@daypass/contract/token-trace.ts'
import { Argument, type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { completes } from '../completion/values.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { mintVerifier } from '../mint-verifier.ts'
import { plainTime, record, say, table } from '../output.ts'
import { addServerCommand, organizationOption } from '../server-command.ts'
import { pathTo } from '../server-path.ts'
import type { Session } from '../session.ts'
import { addAuditLogCommands } from './audit-log.ts'

const Head = Type.Object({
  head: Type.String(),
  sealedAt: Type.String(),
  publicKey: Type.String(),
  signature: Type.String(),
})

const Verdict = Type.Object({
  blocks: Type.Integer(),
  tokens: Type.Integer(),
  /** Rows that no block seals yet. */
  unsealed: Type.Integer(),
  headsKept: Type.Integer(),
  problems: Type.Array(
    Type.Object({
      code: Type.String(),
      block: Type.Integer(),
      seq: Type.Optional(Type.String()),
      sentence: Type.String(),
    }),
  ),
})

interface VerifyOptions {
  readonly head: readonly string[]
  readonly headsFile?: string
}

const HEAD = /^[1-9][0-9]{0,14}:[0-9a-f]{64}$/
const PROGRESS_EVERY_BLOCKS = 5_000

export function addAuditCommands(program: Command, surroundings: Surroundings): void {
  const audit = program.command('audit').description('what was done, and the record of issued tokens')
  addAuditLogCommands(audit, surroundings)
  addTraceCommand(audit, surroundings)
  addServerCommand(audit, surroundings, {
    name: 'head',
    summary:
      'print the newest head: whoever keeps it elsewhere can prove later that nothing before it was changed',
    example: 'daypass audit head --json >> /mnt/elsewhere/heads',
    answer: Head,
    run: async (session) => {
      const block = await session.read(MintBlock, 'GET', NEWEST_MINT_BLOCK_PATH)
      const { sealedAt, publicKey, signature } = block
      return {
        head: headText(block),
        sealedAt: new Date(sealedAt * 1000).toISOString(),
        publicKey,
        signature,
      }
    },
    show: ({ head, sealedAt, publicKey, signature }) =>
      record({ Head: head, 'Sealed at': sealedAt, 'Public key': publicKey, Signature: signature }),
  })
  addServerCommand(audit, surroundings, {
    name: 'verify',
    summary: 'find tokens that were rewritten, removed or added in the record after they were sealed',
    options: [
      new Option('--head <number:hex>', 'a head that you kept; may be given several times')
        .argParser((value: string, before: readonly string[]) => [...before, value])
        .default([]),
      completes(
        new Option('--heads-file <file>', 'a file with such heads, such as the kept log of the server'),
        'file',
      ),
    ],
    example: 'daypass audit verify --heads-file /mnt/elsewhere/heads',
    answer: Verdict,
    run: (session, options: VerifyOptions) => verify(session, options),
    show: ({ tokens, blocks, unsealed, problems, headsKept }) =>
      problems.length === 0
        ? `${tokens} tokens in ${blocks} blocks are as they were sealed${headsKept === 0 ? ', by the server’s own word: keep heads elsewhere (daypass audit head) and give them with --head' : ''}. ${unsealed} are not sealed yet.`
        : table(
            problems,
            { PROBLEM: ({ code }) => code, BLOCK: ({ block }) => block, WHAT: ({ sentence }) => sentence },
            '',
          ),
    failure: ({ problems }) =>
      problems.length === 0
        ? undefined
        : `the record was changed after it was sealed: ${problems.length} problems.`,
  })
}

function addTraceCommand(audit: Command, surroundings: Surroundings): void {
  addServerCommand(audit, surroundings, {
    name: 'trace',
    summary: "from what a cloud's log says back to the deployment, the commit and the person",
    arguments: [
      new Argument('<text>', "a token's or deployment's id, a subject, or an AWS session's name or ARN"),
    ],
    options: [
      organizationOption(),
      new Option('--at <time>', 'when the log says so, as 2026-11-29T08:41:00Z (default: the last 90 days)'),
    ],
    example:
      'daypass audit trace arn:aws:sts::123456789012:assumed-role/deploy/web-prod-17 --at 2026-11-29T08:41:00Z',
    answer: TokenTrace,
    run: async (session, { at }: { readonly at?: string }, text = '') => {
      const path = pathTo(TRACE_PATH, { organization: await session.organization() })
      const query = new URLSearchParams({ of: text, ...(at !== undefined && { at }) })
      return session.call('GET', `${path}?${query}`)
    },
    show: ({ deployments }) => deployments.map(deploymentText).join('\n\n'),
    failure: ({ deployments }) =>
      deployments.length === 0 ? 'no token of this organization fits that.' : undefined,
  })
}

function deploymentText(deployment: TracedDeployment): string {
  const { id, stack, operation, version, requestedBy, trigger, createdAt, repository, branch, commit } =
    deployment
  return record({
    Deployment: id,
    Stack: stack,
    Operation: operation,
    Number: version ?? 'gone, as old deployments go',
    'Asked for by': requestedBy,
    'Started by': trigger,
    'Created at': plainTime(createdAt),
    Repository: repository,
    Branch: branch,
    Commit: commit,
    Tokens: deployment.tokens.map((token) => `${token.id} (${token.audience})`).join(', '),
  })
}

async function verify(session: Session, options: VerifyOptions): Promise<Static<typeof Verdict>> {
  const heads = await keptHeads(options)
  const verifier = mintVerifier(heads)
  let after = 0
  let told = 0
  for (;;) {
    const page = await session.read(MintBlockPage, 'GET', `${MINT_BLOCKS_PATH}?after=${after}`)
    for (const { block, rows } of page.blocks) verifier.add(block, rows, page.ownKeys)
    after = page.blocks.at(-1)?.block.number ?? after
    if (after - told >= PROGRESS_EVERY_BLOCKS) {
      told = after
      say(`${after} blocks looked at …`)
    }
    if (page.more && page.blocks.length > 0) continue
    const { blocks, tokens, problems } = verifier.end()
    return { blocks, tokens, unsealed: page.unsealed, headsKept: heads.length, problems: [...problems] }
  }
}

async function keptHeads({ head, headsFile }: VerifyOptions): Promise<readonly string[]> {
  const wrong = head.find((one) => !HEAD.test(one))
  if (wrong !== undefined)
    throw new FailedCommand(`--head takes <number>:<64 hex digits>, not "${wrong}".`, EXIT.misused)
  if (headsFile === undefined) return head
  const text = await readFile(headsFile, 'utf8').catch((cause: Error) => {
    throw new FailedCommand(`cannot read the heads: ${cause.message}`, EXIT.misused)
  })
  const found = text.match(/\b[1-9][0-9]{0,14}:[0-9a-f]{64}\b/g) ?? []
  if (found.length === 0)
    throw new FailedCommand(`${headsFile} holds no head: they look like 17:5f0c… .`, EXIT.misused)
  return [...head, ...found]
}
