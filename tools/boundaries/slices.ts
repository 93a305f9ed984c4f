// Rules 2 and 3: the slices of the server. A slice may use another one's noun files, never its SQL or its routes;
// some slices stand in an order; no two slices import each other in a circle; each says what it owns.
import { isTest, type SourceFile, targetOf, type Violation } from './source.ts'

/** triggers → deployments ← jobs → issuer, logs, state: what each of the six may import of the six. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  triggers: ['deployments'],
  deployments: [],
  jobs: ['deployments', 'issuer', 'logs', 'state'],
  issuer: [],
  logs: [],
  state: [],
}

/** They know all slices, because they put them together. */
const ASSEMBLERS = ['server/src/app.ts', 'server/src/main.ts', 'server/src/start.ts']

interface Crossing {
  readonly from: string
  readonly to: string
  readonly place: string
  readonly target: string
}

export function sliceViolations(files: readonly SourceFile[]): Violation[] {
  const server = files.filter(({ path }) => path.startsWith('server/src/') && !ASSEMBLERS.includes(path))
  const crossings = server.filter(({ path }) => !isTest(path)).flatMap(crossingsOf)
  return [
    ...crossings.flatMap(privateParts),
    ...crossings.flatMap(orderBroken),
    ...circles(crossings),
    ...withoutOpening(server),
  ]
}

/** `deployments` for `server/src/deployments/claim.sql.ts`; undefined for files directly in `server/src`. */
function sliceOf(path: string): string | undefined {
  return /^server\/src\/([^/]+)\/./.exec(path)?.[1]
}

function crossingsOf(file: SourceFile): Crossing[] {
  return file.imports.flatMap(({ specifier, line }) => {
    const target = targetOf(file, specifier)
    const to = target === undefined ? undefined : sliceOf(target)
    const from = sliceOf(file.path) ?? ''
    if (target === undefined || to === undefined || to === from) return []
    return [{ from, to, place: `${file.path}:${line}`, target }]
  })
}

function privateParts({ to, place, target }: Crossing): Violation[] {
  if (to === 'db') return [] // made for all
  if (target.endsWith('.sql.ts'))
    return [`${place} imports the SQL of another slice (${target}); use its noun file`]
  if (/(?:^|[/.-])routes\.ts$/.test(target))
    return [`${place} imports the routes of another slice (${target})`]
  return []
}

function orderBroken({ from, to, place, target }: Crossing): Violation[] {
  const allowed = ORDER[from]
  if (allowed === undefined || !(to in ORDER) || allowed.includes(to)) return []
  const may = allowed.length === 0 ? 'none of the slices in that order' : allowed.join(', ')
  return [
    `${place} imports ${target}, against triggers → deployments ← jobs → issuer, logs, state; ${from} may import ${may}`,
  ]
}

/** One sentence for each pair of slices that reach each other. */
function circles(crossings: readonly Crossing[]): Violation[] {
  const reachable = (from: string, seen = new Set<string>()): Set<string> => {
    for (const { to } of crossings.filter((crossing) => crossing.from === from)) {
      if (!seen.has(to)) reachable(to, seen.add(to))
    }
    return seen
  }
  const slices = [...new Set(crossings.map(({ from }) => from))].filter((slice) => slice !== '').sort()
  const reach = new Map(slices.map((slice) => [slice, reachable(slice)]))
  return slices.flatMap((a) =>
    slices.flatMap((b) => {
      const direct = crossings.find(({ from, to }) => from === a && to === b)
      if (a >= b || !reach.get(a)?.has(b) || !reach.get(b)?.has(a)) return []
      const back = crossings.find(({ from, to }) => from === b && to === a)
      const places = [direct, back].flatMap((crossing) => (crossing === undefined ? [] : [crossing.place]))
      return [
        `server/src/${a} and server/src/${b} import each other in a circle (${places.join(', ') || 'by others'})`,
      ]
    }),
  )
}

function withoutOpening(server: readonly SourceFile[]): Violation[] {
  const slices = Map.groupBy(server, ({ path }) => sliceOf(path))
  return [...slices].flatMap(([slice, files]) => {
    const nouns = files.filter(({ path }) => !isTest(path) && !/(?:\.sql|routes)\.ts$/.test(path))
    if (slice === undefined || nouns.some(({ text }) => /^\s*\/[/*]/.test(text))) return []
    return [`server/src/${slice} has no noun file that opens with what the slice owns and what it does not`]
  })
}
