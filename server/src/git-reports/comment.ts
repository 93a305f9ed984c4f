/** The one comment on a pull request: every stack that it concerns, with what would change there. */
import type { ReportedDeployment } from './git-report.ts'
import { changesInWords } from './git-report.ts'
import { code, codeBlock, codeCell, folded, prose, withoutAnsi } from './markdown.ts'

/** Hosts take 65,536 characters; the rest is behind the link. */
export const LONGEST_COMMENT = 60_000
const MOST_ROWS = 100
const LONGEST_DIFF = 12_000

/** Begins every comment of ours, and is seen by nobody. */
export const COMMENT_MARKER = '<!-- daypass -->'

export interface StackReport extends ReportedDeployment {
  readonly commit: string
  /** What is done to which resource, those that stay the same left out. */
  readonly steps: readonly { readonly op: string; readonly type: string; readonly name: string }[]
  /** Of the step that ran Pulumi; may have colours. */
  readonly log: string
}

/** Said where no deployment is: what a pull request waits for. */
export interface Notice {
  readonly commit: string
  readonly sentence: string
}

export interface CommentFacts {
  readonly stacks: readonly StackReport[]
  readonly notice: Notice | undefined
}

/** Whole sections are left out at the end when there is no room, never half of one. */
export function commentBody({ stacks, notice }: CommentFacts): string {
  const head = [COMMENT_MARKER, '### Pulumi', ...(notice ? [noticeOf(notice)] : [])]
  const sections = stacks.map(sectionOf)
  const parts = [...head]
  let length = parts.join('\n\n').length
  for (const [index, section] of sections.entries()) {
    const stack = stacks[index]
    const fits = [section, stack && shortSectionOf(stack)].find(
      (one) => one !== undefined && length + one.length < LONGEST_COMMENT,
    )
    if (fits === undefined) {
      parts.push(`… and ${sections.length - index} more stacks; each has a status on the commit.`)
      break
    }
    parts.push(fits)
    length += fits.length + 2
  }
  return parts.join('\n\n')
}

function noticeOf({ commit, sentence }: Notice): string {
  return `**Commit ${code(commit.slice(0, 12))}:** ${prose(sentence)}`
}

function sectionOf(stack: StackReport): string {
  return [shortSectionOf(stack), tableOf(stack), diffOf(stack)].filter((part) => part !== '').join('\n\n')
}

const SIGNS: Readonly<Record<ReportedDeployment['status'], string>> = {
  waiting: '⏳ waits',
  ready: '⏳ waits',
  accepted: '⏳ waits',
  running: '⏳ runs',
  succeeded: '✅ succeeded',
  failed: '❌ failed',
  skipped: '⏭️ skipped',
}

function shortSectionOf(stack: StackReport): string {
  const { operation, status, commit, consoleUrl, resourceChanges, failureMessage } = stack
  const what = `**${code(stack.stack)}** ${operation} of ${code(commit.slice(0, 12))} ${SIGNS[status]}`
  const link = `[log](${encodeURI(consoleUrl)})`
  const changes = resourceChanges === null ? '' : ` — ${changesInWords(resourceChanges)}`
  const why = status === 'failed' && failureMessage !== null ? `\n\n${prose(failureMessage)}` : ''
  return `${what}${changes} (${link})${why}`
}

function tableOf({ steps }: StackReport): string {
  if (steps.length === 0) return ''
  const rows = steps
    .slice(0, MOST_ROWS)
    .map(({ op, type, name }) => `| ${codeCell(op)} | ${codeCell(type)} | ${codeCell(name)} |`)
  const more = steps.length > MOST_ROWS ? [`| … | ${steps.length - MOST_ROWS} more | |`] : []
  return ['| | Type | Name |', '|---|---|---|', ...rows, ...more].join('\n')
}

function diffOf({ log, operation }: StackReport): string {
  const text = withoutAnsi(log).trimEnd()
  if (text === '') return ''
  const shown = text.length <= LONGEST_DIFF ? text : `…${text.slice(-LONGEST_DIFF)}`
  return folded(`Output of the ${operation}`, codeBlock(shown))
}
