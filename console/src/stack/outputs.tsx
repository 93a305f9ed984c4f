import { Code, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { StackNames } from '../deployments/deployments.ts'
import { Empty } from '../parts/empty.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { isSecret } from '../properties/property.ts'
import { PropertyTable } from '../properties/property-table.tsx'
import { outputsQuery } from './stack.ts'

export function Outputs({ names }: { readonly names: StackNames }) {
  return (
    <QueryView query={useQuery(outputsQuery(names))} skeletonLines={3}>
      {(outputs) => {
        const entries = Object.entries(outputs).sort(([one], [other]) => (one < other ? -1 : 1))
        if (entries.length === 0)
          return <Empty title="No outputs">What the program exports is shown here after an update.</Empty>
        return (
          <>
            <PropertyTable entries={entries} label="Outputs" />
            {entries.some(([, value]) => isSecret(value)) && (
              <Text size="sm" c="dimmed" mt="sm" component="div">
                Secrets stay hidden here; read one with <Code>pulumi stack output --show-secrets</Code>.
              </Text>
            )}
          </>
        )
      }}
    </QueryView>
  )
}
