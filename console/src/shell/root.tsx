/** Decides between the sign-in page and the console, and holds what both share. */
import { Button, Center, Loader, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { SignedInAs, sessionQuery } from '../session/session.ts'
import { SignIn } from '../session/sign-in.tsx'
import { Frame } from './frame.tsx'

export function Root() {
  const session = useQuery(sessionQuery)
  if (session.isPending) {
    return (
      <Center component="main" mih="100vh">
        <Loader aria-label="Loading" />
      </Center>
    )
  }
  if (session.isError) return <Unreachable message={session.error.message} retry={session.refetch} />
  if (!session.data) return <SignIn />
  return (
    <SignedInAs value={session.data}>
      <Frame>
        <Outlet />
      </Frame>
    </SignedInAs>
  )
}

function Unreachable({ message, retry }: { readonly message: string; readonly retry: () => unknown }) {
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack align="center">
        <Title order={1} size="h3">
          Daypass cannot be reached
        </Title>
        <Text c="dimmed">{message}</Text>
        <Button onClick={() => retry()}>Try again</Button>
      </Stack>
    </Center>
  )
}
