import { Alert, Button, Stack } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'

/** A page that broke, or whose code could not be loaded (a new version of the server has other files). */
export function PageFailed({ error }: ErrorComponentProps) {
  return (
    <Alert color="red" title="This page failed" role="alert">
      <Stack gap="xs" align="flex-start">
        {error instanceof Error ? error.message : String(error)}
        <Button size="xs" variant="default" onClick={() => window.location.reload()}>
          Load it again
        </Button>
      </Stack>
    </Alert>
  )
}
