/** The button of the person's menu. The menu itself is loaded when it is first wanted: it weighs more than this page. */
import { lazy, Suspense, useState } from 'react'
import { useCurrentUser } from '../session/session.ts'
import { MenuButton } from './menu-button.tsx'

const load = () => import('./person-menu.tsx')
const PersonMenu = lazy(async () => ({ default: (await load()).PersonMenu }))

export function PersonButton({ organization }: { readonly organization: string | undefined }) {
  const [isWanted, setWanted] = useState(false)
  const { githubLogin } = useCurrentUser()
  const label = organization ?? githubLogin
  const closed = (
    <MenuButton onClick={() => setWanted(true)} onPointerEnter={load} onFocus={load} aria-haspopup="menu">
      {label}
    </MenuButton>
  )
  if (!isWanted) return closed
  return (
    <Suspense fallback={closed}>
      <PersonMenu label={label} organization={organization} />
    </Suspense>
  )
}
