import { describe, expect, it } from 'vitest'
import { matching } from './match.ts'

const stacks = ['shop/dev', 'shop/prod', 'billing/prod'].map((name) => {
  const [projectName = '', stackName = ''] = name.split('/')
  return { orgName: 'acme', projectName, stackName }
})
const found = (search: string): string[] =>
  matching(stacks, search).map(({ projectName, stackName }) => `${projectName}/${stackName}`)

describe('A search among stacks', () => {
  it('without words finds all', () => expect(found('  ')).toHaveLength(3))
  it('finds parts of a name, in any case', () => expect(found('PRO')).toEqual(['shop/prod', 'billing/prod']))
  it('needs every word, in any order', () => expect(found('prod shop')).toEqual(['shop/prod']))
  it('takes the slash as it stands', () => expect(found('p/d')).toEqual(['shop/dev']))
  it('takes no pattern', () => expect(found('.*')).toEqual([]))
})
