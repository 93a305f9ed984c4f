import { expect, test } from 'vitest'
import { commandViolations } from './docs/command-lines.ts'
import { linkViolations, mentionViolations } from './docs/links.ts'
import { readPage } from './docs/page.ts'
import { commandsOf } from './docs/shell-words.ts'

const guide = readPage('docs/guides/aws.md', '# AWS\n\n## When `AWS` refuses\n\n## When AWS refuses\n')

function linksOf(text: string): string[] {
  const page = readPage('docs/page.md', text)
  const paths = new Set([page.path, guide.path, 'docs/flow.svg', 'README.md'])
  return linkViolations([page, guide], (path) => paths.has(path))
}

test('links to pages, headings, files and elsewhere are followed where they lead to a file', () => {
  const good = [
    '# Here',
    '[a](guides/aws.md) [b](guides/aws.md#when-aws-refuses) [c](guides/aws.md#when-aws-refuses-1) [d](#here)',
    '![e](flow.svg) [f](../README.md) [g](https://example.com/gone.md)',
    '```sh\necho "[not](a-link.md)"\n```',
  ]
  expect(linksOf(good.join('\n\n'))).toEqual([])
})

test('a link to a page or a heading that is not there says where it stands', () => {
  expect(
    linksOf(
      '# Here\n\nOne\n[a](aws.md) two\n\n| | |\n|---|---|\n| x | [b](guides/aws.md#refused) |\n\n[c](#there)',
    ),
  ).toEqual([
    'docs/page.md:4 links to aws.md: there is no docs/aws.md',
    'docs/page.md:8 links to guides/aws.md#refused: docs/guides/aws.md has no heading of that name',
    'docs/page.md:10 links to #there: docs/page.md has no heading of that name',
  ])
})

test('a page that a comment or a sentence of the source speaks of must be there', () => {
  const file = (text: string) => [{ path: 'cli/src/a.ts', text }]
  expect(
    mentionViolations(file("// docs/guides/aws.md, https://x/docs/a.md, write('docs/b.md')"), [guide]),
  ).toEqual([])
  expect(
    mentionViolations(file("\nthrow new Error('See docs/aws.md.') // docs/guides/aws.md#no"), [guide]),
  ).toEqual([
    'cli/src/a.ts:2 speaks of docs/aws.md: there is no docs/aws.md',
    'cli/src/a.ts:2 speaks of docs/guides/aws.md#no: docs/guides/aws.md has no heading of that name',
  ])
})

const problemsOf = (text: string): string[] =>
  commandViolations([readPage('a.md', text)], ['demo']).map((problem) => problem.replace('a.md:1 ', ''))
const block = (text: string): string => `\`\`\`sh\n${text}\n\`\`\``

test.each([
  'npx daypass pool create eu --org acme && npx daypass pool token create eu --org acme --to ./token  # once',
  'npx daypass trust generate aws --issuer https://d.example/oidc --account 123456789012 \\\n  --stack a/b/c > trust.json',
  'jq . x.json | daypass trust explain - --token <file> --json',
  'source <(daypass completion bash)',
  'daypass pool create --help; daypass trust',
  'A=b daypass runner --server "https://d.example" --pool-token-file ./token',
  "cat > x <<'EOF'\ndaypass nonsense\nEOF",
  'npm start -- --org-name acme --launcher bubblewrap\nnpm run demo',
])('a reader may copy %j', (lines) => {
  expect(problemsOf(block(lines))).toEqual([])
})

test.each([
  ['daypass pools list', "unknown command 'pools'"],
  ['x | npx daypass pool list --orgs acme', "unknown option '--orgs'"],
  ['daypass pool create', "missing required argument 'name'"],
  ['daypass pool create a b', 'too many arguments'],
  ['daypass trust generate aws --stack a/b/c', "required option '--account <id>' not specified"],
  ['daypass trust generate google --format xml', "argument 'xml' is invalid"],
  ['daypass runner --serve x', "unknown option '--serve'"],
  ['npx daypass serve --prot 1', "unknown option '--prot'"],
  ['npm start -- --organization acme', "unknown option '--organization'"],
  ['npm run demos', 'there is no such script'],
])('nobody may copy %j', (lines, problem) => {
  expect(problemsOf(block(lines))).toEqual([expect.stringContaining(problem)])
})

test('a sentence may leave arguments out, and may not name what does not exist', () => {
  expect(
    problemsOf(
      '`daypass pool create`, `daypass trust generate … --xyz`, `daypass org limits --concurrency`, `daypass`',
    ),
  ).toEqual([])
  expect(problemsOf('`daypass pool make eu`')).toEqual([expect.stringContaining("unknown command 'make'")])
  expect(problemsOf('`daypass queue --all`')).toEqual([expect.stringContaining("unknown option '--all'")])
})

test('shell is taken apart as a shell would', () => {
  expect(
    commandsOf(`a 'b c' "d $e" 2>&1 >f | g \\\n  h && (i; j) # k\nX=1 Y="2 3" l m\\ n "$(o)" <data folder>`),
  ).toEqual([['a', 'b c', 'd $e'], ['g', 'h'], ['i'], ['j'], ['l', 'm n', '$(o)', 'placeholder']])
})
