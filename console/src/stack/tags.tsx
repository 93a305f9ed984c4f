import { useQuery } from '@tanstack/react-query'
import type { StackNames } from '../deployments/deployments.ts'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import classes from '../properties/property-table.module.css'
import { stackQuery } from './stack.ts'

export function Tags({ names }: { readonly names: StackNames }) {
  return (
    <QueryView query={useQuery(stackQuery(names))} skeletonLines={2}>
      {({ tags }) => {
        const entries = Object.entries(tags).sort(([one], [other]) => (one < other ? -1 : 1))
        if (entries.length === 0)
          return (
            <Empty title="No tags">
              Set one with <code>pulumi stack tag set NAME VALUE</code>.
            </Empty>
          )
        return (
          <dl className={classes.list} aria-label="Tags">
            {entries.map(([name, value]) => (
              <div key={name} className={classes.property}>
                <dt>{name}</dt>
                <dd className={classes.text}>{value}</dd>
              </div>
            ))}
          </dl>
        )
      }}
    </QueryView>
  )
}
