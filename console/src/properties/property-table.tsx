import classes from './property-table.module.css'
import { PropertyValue } from './property-value.tsx'

interface Props {
  /** Names with their values, in the order in which they are shown. */
  readonly entries: readonly (readonly [string, unknown])[]
  /** What the names are names of, for who hears the list. */
  readonly label: string
}

/** Names and their values, one below the other. */
export function PropertyTable({ entries, label }: Props) {
  return (
    <dl className={classes.list} aria-label={label}>
      {entries.map(([name, value]) => (
        <div key={name} className={classes.property}>
          <dt>{name}</dt>
          <dd>
            <PropertyValue name={name} value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
