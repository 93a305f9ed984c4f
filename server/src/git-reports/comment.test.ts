import { expect, test } from 'vitest'
import { COMMENT_MARKER, commentBody, LONGEST_COMMENT, type StackReport } from './comment.ts'
import { changesInWords, statusOf } from './git-report.ts'
import { code, codeBlock, prose, withoutAnsi } from './markdown.ts'

const report = (more: Partial<StackReport> = {}): StackReport => ({
  operation: 'preview',
  status: 'succeeded',
  version: 7,
  stack: 'acme/web/dev',
  failureMessage: null,
  resourceChanges: { create: 2, delete: 1, same: 5 },
  consoleUrl: 'https://daypass.example.com/acme/web/dev/deployments/7',
  commit: '0123456789abcdef0123456789abcdef01234567',
  steps: [{ op: 'create', type: 'aws:s3/bucket:Bucket', name: 'logs' }],
  log: '\u001b[1mPreviewing update\u001b[0m\n + create\n',
  ...more,
})
const body = (...stacks: StackReport[]) => commentBody({ stacks, notice: undefined })

test('a comment shows each stack with its changes, its table, its output folded and the link to its log', () => {
  const text = body(
    report(),
    report({ stack: 'acme/web/prod', status: 'failed', failureMessage: 'It broke.' }),
  )
  expect(text.startsWith(COMMENT_MARKER)).toBe(true)
  expect(text).toContain(
    '**`acme/web/dev`** preview of `0123456789ab` ✅ succeeded — 2 to create, 1 to delete, 5 unchanged',
  )
  expect(text).toContain('([log](https://daypass.example.com/acme/web/dev/deployments/7))')
  expect(text).toContain('| `create` | `aws:s3/bucket:Bucket` | `logs` |')
  expect(text).toContain(
    '<details><summary>Output of the preview</summary>\n\n```\nPreviewing update\n + create\n```',
  )
  expect(text).toContain('❌ failed')
  expect(text).toContain('It broke\\.')
})

test('nothing that others wrote comes alive: no mention, link, image, HTML, table cell or end of a fence', () => {
  const hostile =
    '</details><img src=x onerror=alert(1)> @everyone [x](javascript:alert(1)) | `` ``` ![a](b) #1\n# head'
  const text = body(
    report({
      steps: [{ op: 'create', type: hostile, name: hostile }],
      log: `\`\`\`\`\n${hostile}\n\`\`\`\`\`\n`,
      status: 'failed',
      failureMessage: hostile,
    }),
  )
  const [, table = ''] = /\n(\| `create`.*)\n/.exec(text) ?? []
  // Three cells: every further pipe is escaped.
  expect(table.replaceAll('\\|', '').split('|')).toHaveLength(5)
  const fences = text.match(/^`{6,}$/gm)
  expect(fences).toHaveLength(2)
  const outside = text.replace(/^`{6,}\n[\s\S]*?\n`{6,}$/gm, '').replaceAll(table, '')
  expect(outside).not.toMatch(/<img|@everyone|\]\(javascript|^# head/m)
  expect(outside.match(/<\/details>/g)).toHaveLength(1)
})

test('code spans hold any text in one line', () => {
  expect(code('a')).toBe('`a`')
  expect(code('a`b')).toBe('``a`b``')
  expect(code('`')).toBe('`` ` ``')
  expect(code('')).toBe('` `')
  expect(code('a\n\nb')).toBe('`a b`')
  expect(codeBlock('```\nx')).toBe('````\n```\nx\n````')
  expect(prose('a@b <c> &amp; *d*')).toBe(
    'a@<!-- -->b &lt;c\\&gt; &amp;amp; \\*d\\*'.replace('\\&gt;', '\\>'),
  )
  expect(withoutAnsi('\u001b[31mred\u001b[0m \u001b]8;;https://x\u0007link\u001b]8;;\u0007')).toBe('red link')
})

test('a comment never grows beyond what hosts take, and says what it left out', () => {
  const many = Array.from({ length: 500 }, (_, n) =>
    report({ stack: `acme/web/stack-${n}`, log: 'x'.repeat(20_000) }),
  )
  const text = body(...many)
  expect(text.length).toBeLessThan(LONGEST_COMMENT + 200)
  expect(text).toMatch(/… and \d+ more stacks; each has a status on the commit\.$/)
  expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length)
})

test('a pull request that waits for approval says for whom', () => {
  const notice = { commit: 'f'.repeat(40), sentence: 'Waits for approval by somebody with write access.' }
  expect(commentBody({ stacks: [], notice })).toBe(
    `${COMMENT_MARKER}\n\n### Pulumi\n\n**Commit \`ffffffffffff\`:** Waits for approval by somebody with write access\\.`,
  )
})

test('a status says in one line what became of the deployment', () => {
  const state = (status: StackReport['status'], failureMessage: string | null = null) => {
    const said = statusOf({ ...report(), status, failureMessage }, 'daypass/acme/web/dev')
    return [said.state, said.description]
  }
  expect(state('waiting')).toEqual(['pending', 'The preview waits for its turn.'])
  expect(state('accepted')).toEqual(['pending', 'The preview waits for its turn.'])
  expect(state('running')).toEqual(['running', 'The preview is running.'])
  expect(state('succeeded')).toEqual(['success', '2 to create, 1 to delete, 5 unchanged'])
  expect(state('failed', `AWS refused.\n${'x'.repeat(500)}`)).toEqual(['failure', 'AWS refused.'])
  expect(state('skipped', 'y'.repeat(500))[1]).toHaveLength(140)
  expect(changesInWords({})).toBe('No resources.')
})
