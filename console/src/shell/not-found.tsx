import { Empty } from '../parts/empty.tsx'
import { ButtonLink } from '../parts/page-link.tsx'

export function NotFound() {
  return (
    <Empty title="There is no such page">
      The address may be mistyped, or what stood here was renamed or removed.
      <br />
      <ButtonLink to="/" variant="default" mt="md">
        To your stacks
      </ButtonLink>
    </Empty>
  )
}
