/** One update by its version, which is what the CLI links to. */
import { useDocumentTitle } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { QueryView } from '../parts/query-view.tsx'
import { UpdateView } from './update-view.tsx'
import { updateQuery } from './updates.ts'

const route = getRouteApi('/$organization/$project/$stack/updates/$version')

export function UpdatePage() {
  const { version, ...names } = route.useParams()
  const query = useQuery(updateQuery(names, version))
  useDocumentTitle(`Update ${version} of ${names.project}/${names.stack} · Daypass`)
  return (
    <QueryView query={query} skeletonLines={12}>
      {(update) => <UpdateView names={names} update={update} />}
    </QueryView>
  )
}
