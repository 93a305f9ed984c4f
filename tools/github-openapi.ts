// Cuts out of GitHub's OpenAPI description what the local GitHub of the tests checks our requests against:
//   node tools/github-openapi.ts <generated/api.github.com.json of the npm package @octokit/openapi>
// The package unpacks to 385 MB, which nobody should have to install for it.
import { readFileSync, writeFileSync } from 'node:fs'

/** All that this server, its set-up and its tests may ever ask of GitHub. */
const PATHS = [
  '/app',
  '/app/installations',
  '/app/installations/{installation_id}/access_tokens',
  '/app-manifests/{code}/conversions',
  '/user',
  '/repos/{owner}/{repo}',
  '/repos/{owner}/{repo}/installation',
  '/repos/{owner}/{repo}/branches/{branch}',
  '/repos/{owner}/{repo}/check-runs',
  '/repos/{owner}/{repo}/check-runs/{check_run_id}',
  '/repos/{owner}/{repo}/collaborators/{username}/permission',
  '/repos/{owner}/{repo}/commits/{ref}',
  '/repos/{owner}/{repo}/commits/{ref}/check-runs',
  '/repos/{owner}/{repo}/compare/{basehead}',
  '/repos/{owner}/{repo}/issues/{issue_number}/comments',
  '/repos/{owner}/{repo}/issues/comments/{comment_id}',
  '/repos/{owner}/{repo}/pulls',
  '/repos/{owner}/{repo}/pulls/{pull_number}',
  '/repos/{owner}/{repo}/pulls/{pull_number}/files',
  '/repos/{owner}/{repo}/pulls/{pull_number}/reviews',
  '/repos/{owner}/{repo}/statuses/{sha}',
]
const METHODS = ['get', 'post', 'patch', 'put', 'delete']
/** For people, and longer than all the rest. */
const PROSE = ['description', 'summary', 'example', 'examples', 'title', 'externalDocs', 'x-multi-segment']

type Json = Readonly<Record<string, unknown>>

const [source] = process.argv.slice(2)
if (source === undefined) throw new Error('Which file?')
const whole = JSON.parse(readFileSync(source, 'utf8'))

const paths = Object.fromEntries(
  PATHS.map((path) => {
    const found = METHODS.flatMap((method) => {
      const operation = whole.paths[path]?.[method]
      if (operation === undefined) return []
      const { operationId, parameters = [], requestBody } = operation
      return [[method, withoutProse({ operationId, parameters, requestBody })]]
    })
    if (found.length === 0) throw new Error(`GitHub describes no ${path}.`)
    return [path, Object.fromEntries(found)]
  }),
)
const components: Record<string, Record<string, unknown>> = {}
addReferenced(paths)
const target = new URL('../test/harness/github/openapi.json', import.meta.url)
const info = {
  title: whole.info.title,
  version: `@octokit/openapi ${whole.info.version}`,
  license: whole.info.license,
}
writeFileSync(target, `${JSON.stringify({ openapi: whole.openapi, info, paths, components })}\n`)

/** The fields of a schema may have the names that we drop elsewhere. */
function withoutProse(value: unknown, isNames = false): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutProse(one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => isNames || !PROSE.includes(key))
      .map(([key, one]) => [key, withoutProse(one, !isNames && key === 'properties')]),
  )
}

function addReferenced(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const { $ref } = value as Json
  if (typeof $ref === 'string') {
    const [, , kind = '', name = ''] = $ref.split('/')
    components[kind] ??= {}
    if (components[kind][name] === undefined) {
      components[kind][name] = withoutProse(whole.components[kind][name])
      addReferenced(components[kind][name])
    }
  }
  for (const one of Object.values(value)) addReferenced(one)
}
