/** Who vouches for deployments: the issuer, its keys, and what a cloud sees and has to trust. */
import { Stack } from '@mantine/core'
import { PageTitle } from '../parts/page-title.tsx'
import { useCurrentUser } from '../session/session.ts'
import { CloudsSee } from './clouds-see.tsx'
import { InstallationKeys } from './installation-keys.tsx'

export function IssuerPage() {
  const { siteAdmin } = useCurrentUser()
  return (
    <>
      <PageTitle title="Issuer" />
      <Stack gap="xl">
        <CloudsSee />
        <InstallationKeys isSiteAdmin={siteAdmin} />
      </Stack>
    </>
  )
}
