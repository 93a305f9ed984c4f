/** The page of whoever is not signed in. It stays at the address that was asked for, and gives way to it. */
import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Mark } from '../shell/mark.tsx'
import { useSignIn } from './session.ts'

export function SignIn() {
  const [accessToken, setAccessToken] = useState('')
  const signIn = useSignIn()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    signIn.mutate(accessToken.trim())
  }
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder p="xl" w="100%" maw={440}>
        <form onSubmit={submit}>
          <Stack>
            <Mark />
            <Title order={1} size="h3">
              Sign in
            </Title>
            <Text c="dimmed" size="sm">
              With an access token, the same that <Code>pulumi login</Code> uses. The first one was written to
              the server’s log when it started; an administrator can invite you.
            </Text>
            <PasswordInput
              label="Access token"
              placeholder="pul-…"
              value={accessToken}
              onChange={({ currentTarget }) => setAccessToken(currentTarget.value)}
              autoComplete="current-password"
              required
              data-autofocus
            />
            {signIn.error && (
              <Alert color="red" role="alert">
                {signIn.error.message}
              </Alert>
            )}
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  )
}
