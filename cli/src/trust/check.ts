/** `daypass trust check`: reads every document about trust in a folder and says what is too wide, or can never work. */
import { glob, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type CheckedDocument, checkDocuments } from '@daypass/trust/check/check.ts'
import type { TrustSeverity } from '@daypass/trust/check/finding.ts'
import { readTrustDocument } from '@daypass/trust/document.ts'
import type { Command } from 'commander'
import { Type } from 'typebox'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { printJson } from '../output.ts'
import { describe } from '../server-command.ts'
import { sayLine, sayMend } from './print.ts'
import { type IssuerOptions, issuerOf, readText, UNDECIDED, withIssuer } from './scope.ts'

interface CheckOptions extends IssuerOptions {
  readonly strict?: boolean
  readonly json?: boolean
}

export function addCheckCommand(trust: Command, surroundings: Surroundings): void {
  const command = withIssuer(trust.command('check <files-or-folders...>'))
    .description('find what lets in more than was meant, and what can never let in anybody')
    .option('--strict', 'notices fail too')
    .option('--json', 'print JSON')
    .addHelpText('after', NOTES)
    .action((paths: readonly string[], options: CheckOptions) => check(paths, options, surroundings))
  describe(command, { example: EXAMPLE, answer: Checked })
}

const EXAMPLE = `daypass trust check infra/trust --issuer https://daypass.example.com/oidc
daypass trust check role.json --strict --json`

export const Checked = Type.Object({
  passed: Type.Boolean(),
  issuer: Type.String(),
  errors: Type.Integer(),
  warnings: Type.Integer(),
  notices: Type.Integer(),
  files: Type.Array(
    Type.Object({
      name: Type.String(),
      about: Type.String({
        description: 'What it holds; `elsewhere`: another issuer, `nothing`: something else.',
      }),
      findings: Type.Array(
        Type.Object({
          severity: Type.Enum(['error', 'warning', 'notice']),
          code: Type.String(),
          sentence: Type.String(),
          mend: Type.String(),
        }),
      ),
    }),
  ),
})

const NOTES = `
Reads the .json files of each folder, its subfolders included (not those whose name begins with a dot, nor node_modules), as
\`daypass trust explain --help\` lists them; other JSON is passed over. A provider and an IAM policy of Google Cloud are checked together.

Finds: a missing condition on subject or audience, wildcards that reach another organization, project or stack ("shop*" is "shop-2" too),
operators that a missing claim satisfies, a role that lets in previews beside updates, words that no token has ("up"), issuers that
are almost right (a slash, http, a port), the limits of each cloud.

Exit code: 0 when there is no error and no warning (with --strict no notice either), 1 when there is one, 2 when nothing could be read.`

async function check(
  paths: readonly string[],
  options: CheckOptions,
  surroundings: Surroundings,
): Promise<void> {
  const files = (await Promise.all(paths.map((path) => filesAt(path, surroundings.folder)))).flat()
  if (files.length === 0) throw new FailedCommand(`there is no .json file in ${paths.join(', ')}.`, UNDECIDED)
  const issuerUrl = await issuerOf(options, surroundings)
  const documents = await Promise.all(
    files.map(async (name) => ({ name, read: readTrustDocument(await readText(name, surroundings)) })),
  )
  const checked = checkDocuments(documents, issuerUrl)
  const count = (severity: TrustSeverity) =>
    checked.flatMap(({ findings }) => findings).filter((finding) => finding.severity === severity).length
  const counts = { errors: count('error'), warnings: count('warning'), notices: count('notice') }
  const failed = counts.errors + counts.warnings + (options.strict ? counts.notices : 0) > 0
  if (options.json) printJson({ passed: !failed, issuer: issuerUrl, ...counts, files: checked })
  else print(checked, counts)
  if (failed) process.exitCode = 1
}

/** The file itself, or the JSON files of the folder in the order of their names. */
async function filesAt(path: string, folder: string): Promise<readonly string[]> {
  const found = await stat(resolve(folder, path)).catch((cause: Error) => {
    throw new FailedCommand(`cannot read ${path}: ${cause.message}`, UNDECIDED)
  })
  if (!found.isDirectory()) return [path]
  const names: string[] = []
  for await (const name of glob('**/*.json', { cwd: resolve(folder, path), exclude: isPassedOver }))
    names.push(name)
  return names.toSorted().map((name) => join(path, name))
}

function isPassedOver(path: string): boolean {
  const [name = ''] = path.split('/').slice(-1)
  return name === 'node_modules' || (name.startsWith('.') && name !== '.')
}

function print(
  checked: readonly CheckedDocument[],
  { errors, warnings, notices }: { errors: number; warnings: number; notices: number },
): void {
  for (const { name, about, findings } of checked) {
    if (findings.length === 0) continue
    sayLine(`${name} (${SAID[about]})`)
    for (const { severity, code, sentence, mend } of findings) {
      sayMend(`${sentence} [${code}]`, mend, severity)
    }
  }
  const ours = checked.filter(({ about }) => about !== 'nothing' && about !== 'elsewhere').length
  const passed = checked.length - ours
  const others = passed === 0 ? '' : ` (${passed} more of something else or of another issuer)`
  sayLine(`${ours} documents${others}: ${errors} errors, ${warnings} warnings, ${notices} notices.`)
}

const SAID: Readonly<Record<CheckedDocument['about'], string>> = {
  'aws-trust-policy': 'trust policy of AWS',
  'aws-provider': 'OIDC provider of AWS',
  'azure-credentials': 'federated credentials of Azure',
  'google-provider': 'workload identity provider of Google Cloud',
  'google-service-account': 'IAM policy of Google Cloud',
  'google-trust': 'provider and service account of Google Cloud',
  malformed: 'malformed',
  elsewhere: 'another issuer',
  nothing: 'something else',
}
