/** Who is signed in, which organization is shown, how it looks, and the way out. */
import { Menu, useMantineColorScheme } from '@mantine/core'
import { IconBuilding, IconDeviceDesktop, IconKey, IconLogout, IconMoon, IconSun } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useCurrentUser, useSignOut } from '../session/session.ts'
import { MenuButton } from './menu-button.tsx'

const SCHEMES = [
  { scheme: 'auto', label: 'As the system', icon: IconDeviceDesktop },
  { scheme: 'light', label: 'Light', icon: IconSun },
  { scheme: 'dark', label: 'Dark', icon: IconMoon },
] as const

interface Props {
  readonly label: string
  readonly organization: string | undefined
}

export function PersonMenu({ label, organization }: Props) {
  const user = useCurrentUser()
  const navigate = useNavigate()
  const signOut = useSignOut()
  const { setColorScheme } = useMantineColorScheme()
  return (
    <Menu position="bottom-end" width={220} defaultOpened>
      <Menu.Target>
        <MenuButton>{label}</MenuButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Organizations</Menu.Label>
        {user.organizations.map(({ githubLogin }) => (
          <Menu.Item
            key={githubLogin}
            leftSection={<IconBuilding size={16} aria-hidden />}
            onClick={() => navigate({ to: '/$organization', params: { organization: githubLogin } })}
          >
            {githubLogin}
          </Menu.Item>
        ))}
        <Menu.Label>Appearance</Menu.Label>
        {SCHEMES.map(({ scheme, label, icon: Icon }) => (
          <Menu.Item
            key={scheme}
            leftSection={<Icon size={16} aria-hidden />}
            onClick={() => setColorScheme(scheme)}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Label>Signed in as {user.githubLogin}</Menu.Label>
        {organization !== undefined && (
          <Menu.Item
            leftSection={<IconKey size={16} aria-hidden />}
            onClick={() => navigate({ to: '/$organization/settings/tokens', params: { organization } })}
          >
            Access tokens
          </Menu.Item>
        )}
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
