import { describe, expect, it } from 'vitest'
import { matching, ownTags } from './match.ts'
import type { StackState } from './search.ts'
import type { ListedStack } from './stacks.ts'

const stackOf = (name: string, more: Partial<ListedStack> = {}): ListedStack => {
  const [projectName = '', stackName = ''] = name.split('/')
  return {
    orgName: 'acme',
    projectName,
    stackName,
    tags: {},
    deploymentsPaused: false,
    driftDetected: false,
    ...more,
  }
}
const stacks = [
  stackOf('shop/dev', { tags: { owner: 'Web', 'pulumi:runtime': 'nodejs' } }),
  stackOf('shop/prod', { lastResult: 'failed', driftDetected: true }),
  stackOf('billing/prod', { lastResult: 'succeeded', deploymentsPaused: true }),
]
const found = (search: string, state?: StackState): string[] =>
  matching(stacks, search, state).map(({ projectName, stackName }) => `${projectName}/${stackName}`)

describe('A search among stacks', () => {
  it('without words finds all', () => expect(found('  ')).toHaveLength(3))
  it('finds parts of a name, in any case', () => expect(found('PRO')).toEqual(['shop/prod', 'billing/prod']))
  it('needs every word, in any order', () => expect(found('prod shop')).toEqual(['shop/prod']))
  it('takes the slash as it stands', () => expect(found('p/d')).toEqual(['shop/dev']))
  it('takes no pattern', () => expect(found('.*')).toEqual([]))
  it('finds tags, those of the CLI too', () => {
    expect(found('owner=web')).toEqual(['shop/dev'])
    expect(found('nodejs')).toEqual(['shop/dev'])
  })
  it('goes by the state as well', () => {
    expect(found('', 'failed')).toEqual(['shop/prod'])
    expect(found('prod', 'paused')).toEqual(['billing/prod'])
    expect(found('', 'drifted')).toEqual(['shop/prod'])
    expect(found('', 'never')).toEqual(['shop/dev'])
  })
})

it('Tags that the CLI sets are not shown', () => expect(stacks.flatMap(ownTags)).toEqual([['owner', 'Web']]))
