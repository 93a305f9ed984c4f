/** Where a committed, generated file first differs from what would be generated now; undefined when it does not. */
export function firstDifferingLine(committed: string, generated: string): string | undefined {
  if (committed === generated) return undefined
  const have = committed.split('\n')
  const want = generated.split('\n')
  const index = want.findIndex((line, at) => line !== have[at])
  const at = index === -1 ? want.length : index
  return `Line ${at + 1} is ${quote(have[at])} and should be ${quote(want[at])}.`
}

function quote(line: string | undefined): string {
  return line === undefined ? 'missing' : `"${line.trim()}"`
}
