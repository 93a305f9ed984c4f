import { expect, it } from 'vitest'
import { isOfChange, reachOf } from './changes.ts'

const dev = { organization: 'acme', project: 'shop', stack: 'dev' }
const change = {
  what: 'deployment',
  stack: 'shop/dev',
  deploymentId: '1',
  version: 1,
  status: 'running',
} as const

it.each([
  [['deployments', dev, 1], 'stack'],
  [['outputs', dev], 'stack'],
  [['resource', dev, 'urn:x'], 'stack'],
  [['deployments', 'acme', 'open'], 'organization'],
  [['deployments', { ...dev, organization: 'other' }, 1], undefined],
  [['stacks', 'acme'], 'organization'],
  [['stacks', 'other'], undefined],
  [['session'], undefined],
  [['settings', dev], undefined],
])('%j reaches as far as a %s', (key, reach) => expect(reachOf(key, 'acme')).toBe(reach))

it.each([
  [['deployments', dev, 1], true],
  [['deployment', { ...dev, stack: 'prod' }, 1], false],
  [['outputs', dev], true],
  [['outputs', { ...dev, project: 'billing' }], false],
])('a deployment of shop/dev changes %j: %s', (key, isIt) => expect(isOfChange(key, change)).toBe(isIt))

it('what was missed may have changed everything', () =>
  expect(isOfChange(['deployment', dev, 1], { what: 'everything' })).toBe(true))
