/** Webhooks of an organization and of a stack, section 4.6 of the contract. */
import { expect } from 'vitest'
import type { ContractArea, ContractRow, Known } from '../row.ts'

export const webhooks: ContractArea = {
  title: 'Webhooks',
  rows: [...hooksAt('{S}/hooks', true), ...hooksAt('/api/orgs/{org}/hooks', false)],
}

function hooksAt(path: string, isOfStack: boolean): readonly ContractRow[] {
  const hook = (known: Known, more: object): object => ({
    organizationName: 'main',
    ...(isOfStack && { projectName: 'shop', stackName: 'dev' }),
    displayName: 'Contract',
    payloadUrl: `${known['receiver']}/hook`,
    active: true,
    filters: [],
    ...more,
  })
  return [
    {
      call: `POST ${path}`,
      body: (known) =>
        hook(known, { name: 'contract', secret: 'hush', format: 'raw', groups: ['deployments'] }),
      status: 201,
      answers: 'Webhook',
      holds: (body) => {
        expect(body).toMatchObject({ name: 'contract', hasSecret: true, groups: ['deployments'] })
        expect(body).not.toHaveProperty('secret')
      },
      keeps: { name: 'name' },
    },
    {
      call: `POST ${path}`,
      body: (known) => hook(known, { name: 'contract' }),
      status: 409,
      answers: 'ErrorBody',
    },
    {
      call: `POST ${path}`,
      body: (known) => hook(known, { organizationName: 'another' }),
      status: 400,
      answers: 'ErrorBody',
    },
    { call: `GET ${path}`, answers: 'Webhooks', holds: (body) => expect(body).toHaveLength(1) },
    { call: `GET ${path}/{name}`, answers: 'Webhook' },
    {
      call: `PATCH ${path}/{name}`,
      body: (known) => hook(known, { name: 'contract', format: 'slack' }),
      answers: 'Webhook',
    },
    {
      call: `POST ${path}/{name}/ping`,
      answers: 'WebhookDelivery',
      holds: (body) => expect(body).toMatchObject({ kind: 'ping', responseCode: 204 }),
      keeps: { event: 'id' },
    },
    {
      call: `GET ${path}/{name}/deliveries`,
      answers: 'WebhookDeliveries',
      holds: (body) => expect(body).toHaveLength(1),
    },
    { call: `POST ${path}/{name}/deliveries/{event}/redeliver`, answers: 'WebhookDelivery' },
    { call: `DELETE ${path}/{name}`, status: 204 },
  ]
}
