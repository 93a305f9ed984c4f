/** Lets exactly one commit of somebody who may not write be previewed. */
import { Button, Modal, NumberInput, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { ActionForm } from '../parts/action-form.tsx'
import { useApprove } from './actions.ts'
import type { HostNames } from './git-hosts.ts'

export function ApproveButton({ names }: { readonly names: HostNames }) {
  const [isOpen, { open, close }] = useDisclosure(false)
  return (
    <>
      <Button variant="default" onClick={open}>
        Approve a commit
      </Button>
      <Modal opened={isOpen} onClose={close} title="Approve a commit of a pull request">
        <ApproveForm names={names} onDone={close} />
      </Modal>
    </>
  )
}

function ApproveForm({ names, onDone }: { readonly names: HostNames; readonly onDone: () => void }) {
  const [repository, setRepository] = useState('')
  const [pullRequest, setPullRequest] = useState<number | string>('')
  const [commit, setCommit] = useState('')
  const approve = useApprove(names)
  const run = async () => {
    const approved = await approve.mutateAsync({
      repository: repository.trim(),
      pullRequest: Number(pullRequest),
      commit: commit.trim().toLowerCase(),
    })
    notifications.show({
      color: 'green',
      title: `Approved for ${approved.baseBranch}`,
      message: `${approved.repository}#${approved.pullRequest} by ${approved.author} is previewed. A later commit waits again.`,
    })
    onDone()
  }
  return (
    <ActionForm action="Approve this commit" run={run} onCancel={onDone}>
      <Text size="sm">
        Pull requests of people who may not write wait, because their preview runs what they wrote with the
        rights of the stack. Look at the commit first: exactly this one is let through.
      </Text>
      <TextInput
        label="Repository"
        placeholder="acme/shop"
        required
        minLength={3}
        maxLength={255}
        value={repository}
        onChange={({ currentTarget }) => setRepository(currentTarget.value)}
      />
      <NumberInput
        label="Number of the pull request"
        required
        min={1}
        allowDecimal={false}
        hideControls
        value={pullRequest}
        onChange={setPullRequest}
      />
      <TextInput
        label="Commit"
        description="The whole id of its present head."
        required
        pattern="\s*([0-9a-fA-F]{40}|[0-9a-fA-F]{64})\s*"
        title="40 or 64 hexadecimal digits"
        value={commit}
        onChange={({ currentTarget }) => setCommit(currentTarget.value)}
      />
    </ActionForm>
  )
}
