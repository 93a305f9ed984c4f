/** Where the program comes from, and what a git host's events do. */
import { Checkbox, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { PageLink } from '../parts/page-link.tsx'
import { CREDENTIALS, isIntegration, SOURCES } from './form.ts'
import { SecretInput } from './secret-input.tsx'
import { SettingsSection } from './settings-section.tsx'
import { useDeployForm } from './use-deploy-form.ts'

interface Props {
  readonly disabled: boolean
  readonly organization: string
}

const optionsOf = (words: Readonly<Record<string, string>>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }))

export function SourceSection({ disabled, organization }: Props) {
  const form = useDeployForm()
  const { kind, pinnedTo } = form.values.source
  const withBranch = kind === 'git' || isIntegration(kind)
  return (
    <SettingsSection title="Source control" disabled={disabled}>
      <Select
        label="Source"
        data={optionsOf(SOURCES)}
        allowDeselect={false}
        {...form.getInputProps('source.kind')}
      />
      {kind === 'none' && (
        <Text size="sm" c="dimmed">
          The program stands in the image or is given with each deployment.
        </Text>
      )}
      {kind === 'template' && (
        <TextInput
          label="Template"
          required
          description="A repository that holds a Pulumi template."
          placeholder="https://github.com/acme/templates/tree/main/web"
          {...form.getInputProps('source.templateUrl')}
        />
      )}
      {kind === 'git' && (
        <TextInput
          label="Repository URL"
          required
          placeholder="https://git.example.com/team/app.git"
          {...form.getInputProps('source.repoUrl')}
        />
      )}
      {isIntegration(kind) && (
        <TextInput
          label="Repository"
          required
          description={
            <>
              As the host calls it. The host itself is connected under{' '}
              <PageLink
                to="/$organization/settings/git-hosts"
                params={{ organization }}
                size="xs"
                underline="always"
              >
                Git hosts
              </PageLink>
              .
            </>
          }
          placeholder="team/app"
          {...form.getInputProps('source.repository')}
        />
      )}
      {withBranch && (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Branch"
            required={pinnedTo === ''}
            description={
              pinnedTo
                ? `Now ${pinnedTo.slice(0, 12)}, by the API; a branch replaces it.`
                : 'Its head is deployed.'
            }
            placeholder="main"
            {...form.getInputProps('source.branch')}
          />
          <TextInput
            label="Pulumi.yaml folder"
            description="Empty: the top of the repository."
            placeholder="infra"
            {...form.getInputProps('source.repoDir')}
          />
        </SimpleGrid>
      )}
      {(kind === 'git' || kind === 'template') && <CredentialsFields />}
      {isIntegration(kind) && <EventFields />}
    </SettingsSection>
  )
}

function CredentialsFields() {
  const form = useDeployForm()
  const { kind, credentials } = form.values.source
  const ways = kind === 'git' ? CREDENTIALS : { none: CREDENTIALS.none, token: CREDENTIALS.token }
  return (
    <>
      <Select
        label="Credentials"
        description="For private repositories. They are encrypted, and no job sees them."
        data={optionsOf(ways)}
        allowDeselect={false}
        {...form.getInputProps('source.credentials')}
      />
      {credentials === 'token' && <SecretInput label="Access token" path="source.accessToken" />}
      {credentials === 'ssh' && (
        <>
          <SecretInput label="SSH private key" path="source.sshPrivateKey" isMultiline />
          <SecretInput label="Passphrase of the key" path="source.sshPassphrase" hint="If it has one." />
        </>
      )}
      {credentials === 'password' && (
        <>
          <SecretInput label="User name" path="source.userName" />
          <SecretInput label="Password" path="source.password" />
        </>
      )}
    </>
  )
}

const EVENTS = [
  ['previewPullRequests', 'Run previews for pull requests'],
  ['deployCommits', 'Run updates for pushed commits'],
  ['deployTags', 'Run updates for pushed tags'],
  ['pullRequestTemplate', 'Use this stack as a template for pull request stacks'],
] as const

function EventFields() {
  const form = useDeployForm()
  return (
    <>
      <Stack gap="xs">
        {EVENTS.map(([name, label]) => (
          <Checkbox
            key={name}
            label={label}
            {...form.getInputProps(`source.${name}`, { type: 'checkbox' })}
          />
        ))}
      </Stack>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <Textarea
          label="Path filters"
          description="One a line; a leading ! excludes. Empty: every path."
          placeholder={'infra/**\n!infra/docs/**'}
          autosize
          minRows={2}
          {...form.getInputProps('source.paths')}
        />
        <Textarea
          label="Tag filters"
          description="One a line. Empty: every tag."
          placeholder="v*"
          autosize
          minRows={2}
          {...form.getInputProps('source.tagFilters')}
        />
      </SimpleGrid>
    </>
  )
}
