/** Settings → Deploy: where the program comes from, how it runs, and as whom it acts at a cloud. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { StackNames } from '../deployments/deployments.ts'
import { QueryView } from '../parts/query-view.tsx'
import { useIsAdmin } from '../session/session.ts'
import { stackPath } from '../stack/path.ts'
import { useStackPermission } from '../stack/permission.ts'
import { AdvancedSection } from './advanced-section.tsx'
import { formOf, problemsOf } from './form.ts'
import { OidcSection } from './oidc-section.tsx'
import { patchOf } from './patch.ts'
import { PoolSection } from './pool-section.tsx'
import { PreRunSection } from './pre-run-section.tsx'
import { oidcRuleQuery, type SavedSettings, settingsQuery, useSaveSettings } from './settings.ts'
import { SourceSection } from './source-section.tsx'
import { DeployFormProvider, useForm } from './use-deploy-form.ts'
import { VariablesSection } from './variables-section.tsx'

const route = getRouteApi('/$organization/$project/$stack/settings/deploy')

export function DeploySettings() {
  const names = route.useParams()
  useDocumentTitle(`Deploy settings · ${names.stack} · Daypass`)
  const settings = useQuery(settingsQuery(names))
  return (
    <QueryView query={settings} skeletonLines={12}>
      {(saved) => <SettingsForm key={stackPath(names)} names={names} saved={saved ?? {}} />}
    </QueryView>
  )
}

interface Props {
  readonly names: StackNames
  readonly saved: SavedSettings
}

function SettingsForm({ names, saved }: Props) {
  const save = useSaveSettings(names)
  const permission = useStackPermission(names)
  const canWrite = permission?.canWrite ?? false
  const whyNoOidc = useWhyNoOidc(names, permission)
  const form = useForm({
    initialValues: formOf(saved),
    validate: problemsOf,
    validateInputOnBlur: true,
  })
  const submit = form.onSubmit(
    async (values) => {
      const after = await save.mutateAsync(patchOf(values, saved, whyNoOidc === undefined)).catch(() => {})
      if (!after) return
      const isAsSaved = JSON.stringify(form.getValues()) === JSON.stringify(values)
      form.setInitialValues(formOf(after))
      // What was typed while it was saved stays, and is not saved yet.
      if (isAsSaved) form.reset()
      notifications.show({ message: 'The deployment configuration is saved.', color: 'teal' })
    },
    () => document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(),
  )
  return (
    <DeployFormProvider form={form}>
      <form onSubmit={submit} noValidate>
        <Stack gap="lg" maw={820}>
          {permission && !canWrite && (
            <Alert color="gray" title="You may look, not change">
              You may read this stack. Ask somebody who administers it for permission to write.
            </Alert>
          )}
          <SourceSection disabled={!canWrite} organization={names.organization} />
          <PoolSection disabled={!canWrite} organization={names.organization} />
          <VariablesSection disabled={!canWrite} />
          <OidcSection names={names} whyNot={canWrite ? whyNoOidc : READERS} />
          <PreRunSection disabled={!canWrite} />
          <AdvancedSection disabled={!canWrite} />
          {save.error && (
            <Alert color="red" role="alert" title="Not saved">
              {save.error.message}
            </Alert>
          )}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!canWrite}>
              Save deployment configuration
            </Button>
            {form.isDirty() && (
              <Text size="sm" c="dimmed">
                Not saved yet.
              </Text>
            )}
          </Group>
        </Stack>
      </form>
    </DeployFormProvider>
  )
}

const READERS = 'You may read this stack, not change it.'

/** Undefined: the person may change the clouds. */
function useWhyNoOidc({ organization }: StackNames, permission: ReturnType<typeof useStackPermission>) {
  const isAdmin = useIsAdmin(organization)
  const { data: changedBy } = useQuery(oidcRuleQuery(organization))
  if (isAdmin) return undefined
  if (changedBy === 'stack-admins')
    return permission?.isAdmin
      ? undefined
      : 'Only who administers this stack may change this. Ask one of them, or an organization admin.'
  return `Only admins of ${organization} may change this: it decides which cloud roles the stack may ask for. Ask one of them.`
}
