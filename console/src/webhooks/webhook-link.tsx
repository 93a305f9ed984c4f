/** The way to the page of one webhook, or to the list of all of its owner. */
import type { AnchorProps } from '@mantine/core'
import type { ReactNode } from 'react'
import { PageLink } from '../parts/page-link.tsx'
import type { WebhookOwner } from './webhook.ts'

interface Props extends Pick<AnchorProps, 'fw' | 'size' | 'truncate'> {
  readonly owner: WebhookOwner
  readonly children: ReactNode
}

export function WebhookLink({ owner, name, ...props }: Props & { readonly name: string }) {
  const { organization, stack } = owner
  if (!stack)
    return <PageLink to="/$organization/settings/webhooks/$name" params={{ organization, name }} {...props} />
  return (
    <PageLink
      to="/$organization/$project/$stack/settings/webhooks/$name"
      params={{ organization, ...stack, name }}
      {...props}
    />
  )
}

export function WebhooksLink({ owner: { organization, stack }, ...props }: Props) {
  if (!stack) return <PageLink to="/$organization/settings/webhooks" params={{ organization }} {...props} />
  return (
    <PageLink
      to="/$organization/$project/$stack/settings/webhooks"
      params={{ organization, ...stack }}
      {...props}
    />
  )
}
