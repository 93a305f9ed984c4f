/**
 * The expressions of a provider's mapping and condition: CEL, with the function `extract` that Google adds.
 *
 * @see https://cloud.google.com/iam/docs/workload-identity-federation#mapping
 */
import {
  type CelInput,
  CelScalar,
  type CelValue,
  celEnv,
  celMethod,
  isCelError,
  isCelList,
  parse,
  plan,
} from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'

export type Evaluated =
  | { readonly ok: true; readonly value: string | boolean | readonly string[] }
  | { readonly ok: false; readonly problem: 'syntax' | 'evaluation' | 'type'; readonly detail: string }

/** `'a/b/c'.extract('a/{x}/')` is `b`; nothing found is the empty text. */
const extract = celMethod(
  'extract',
  CelScalar.STRING,
  [CelScalar.STRING],
  CelScalar.STRING,
  function (template) {
    const [, before, after] = /^([^{}]*)\{[A-Za-z_]\w*\}([^{}]*)$/.exec(template) ?? []
    if (before === undefined || after === undefined) return ''
    const start = this.indexOf(before)
    if (start < 0) return ''
    const rest = this.slice(start + before.length)
    if (after === '') return rest
    const end = rest.indexOf(after)
    return end < 0 ? '' : rest.slice(0, end)
  },
)

const ENVIRONMENT = celEnv({ funcs: [...strings, extract] })

export function evaluateExpression(text: string, variables: Readonly<Record<string, CelInput>>): Evaluated {
  let run: ReturnType<typeof plan>
  try {
    run = plan(ENVIRONMENT, parse(text))
  } catch (error) {
    return { ok: false, problem: 'syntax', detail: firstLine(error) }
  }
  const result = run(variables)
  if (isCelError(result)) return { ok: false, problem: 'evaluation', detail: firstLine(result) }
  return readValue(result)
}

function readValue(result: CelValue): Evaluated {
  if (typeof result === 'string' || typeof result === 'boolean') return { ok: true, value: result }
  if (isCelList(result)) {
    const items = [...result]
    if (items.every((item) => typeof item === 'string')) return { ok: true, value: items }
  }
  return {
    ok: false,
    problem: 'type',
    detail: 'it is neither a text, nor a truth value, nor a list of texts',
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 200) ?? ''
}
