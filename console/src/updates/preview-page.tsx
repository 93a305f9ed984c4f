/** One preview by its id: it has no version, for it changed nothing. */
import { useDocumentTitle } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { QueryView } from '../parts/query-view.tsx'
import { UpdateView } from './update-view.tsx'
import { previewQuery } from './updates.ts'

const route = getRouteApi('/$organization/$project/$stack/previews/$updateId')

export function PreviewPage() {
  const { updateId, ...names } = route.useParams()
  const query = useQuery(previewQuery(names, updateId))
  useDocumentTitle(`Preview of ${names.project}/${names.stack} · Daypass`)
  return (
    <QueryView query={query} skeletonLines={12}>
      {(update) => <UpdateView names={names} update={update} isPreview />}
    </QueryView>
  )
}
