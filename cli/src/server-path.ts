/** Routes of the contract, with names put in. */
import { EXIT } from './exit-code.ts'
import { FailedCommand } from './failed-command.ts'

/** `/api/orgs/:organization/hooks` with `{organization: 'acme'}`. */
export function pathTo(route: string, names: Readonly<Record<string, string>>): string {
  return route.replace(/:([a-zA-Z]+)/g, (_, name: string) => segment(names[name]))
}

/** Parts that are undefined are left out. */
export function query(parts: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(parts)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, one)
  }
  return search.size === 0 ? '' : `?${search}`
}

/** A name is one segment and stays where it is: `..` would be taken for the folder above. */
function segment(name: string | undefined): string {
  if (name === undefined) throw new Error('A route has a name that nobody gave.')
  if (/^\.{0,2}$/.test(name)) throw new FailedCommand(`"${name}" is no name.`, EXIT.misused)
  return encodeURIComponent(name)
}
