/** Asks for a deployment with the saved settings: which operation, and of which commit. */
import { Alert, Modal, Radio, Stack, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconRocket } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { GuardedButton } from '../parts/guarded-button.tsx'
import { useDeploy } from './actions.ts'
import { OPERATIONS, type Operation } from './deployment.ts'
import type { StackNames } from './deployments.ts'
import { useWhyNotDeploy } from './permission.ts'

export function DeployButton({ names }: { readonly names: StackNames }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <GuardedButton
        whyNot={useWhyNotDeploy(names)}
        onClick={open}
        leftSection={<IconRocket size={16} aria-hidden />}
      >
        Deploy
      </GuardedButton>
      <Modal opened={isOpen} onClose={close} title={`Deploy ${names.project}/${names.stack}`}>
        <DeployForm names={names} onCancel={close} />
      </Modal>
    </>
  )
}

function DeployForm({ names, onCancel }: { readonly names: StackNames; readonly onCancel: () => void }) {
  const [operation, setOperation] = useState<Operation>('update')
  const [commit, setCommit] = useState('')
  const navigate = useNavigate()
  const deploy = useDeploy(names)
  const run = async () => {
    const git = commit.trim() && { sourceContext: { git: { commit: commit.trim() } } }
    const { version } = await deploy.mutateAsync({ operation, ...(git || {}) })
    await navigate({
      to: '/$organization/$project/$stack/deployments/$version',
      params: { ...names, version: String(version) },
    })
  }
  return (
    <ActionForm
      action="Deploy"
      {...(operation === 'destroy' && { color: 'red' })}
      run={run}
      onCancel={onCancel}
    >
      <Radio.Group label="Operation" value={operation} onChange={(value) => setOperation(value as Operation)}>
        <Stack gap="xs" mt="xs">
          {OPERATIONS.map((one) => (
            <Radio key={one.operation} value={one.operation} label={one.operation} description={one.says} />
          ))}
        </Stack>
      </Radio.Group>
      <TextInput
        label="Commit"
        description="Leave it empty for the head of the branch in the settings."
        placeholder="A whole commit id"
        value={commit}
        onChange={({ currentTarget }) => setCommit(currentTarget.value)}
        pattern="\s*[0-9a-fA-F]{40}([0-9a-fA-F]{24})?\s*"
        title="40 or 64 hexadecimal digits"
      />
      {operation === 'destroy' && (
        <Alert color="red">
          This deletes every resource of the stack from the cloud. It cannot be undone.
        </Alert>
      )}
    </ActionForm>
  )
}
