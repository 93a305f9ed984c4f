import { describe, expect, it } from 'vitest'
import { readDocuments } from './documents.ts'
import { generated, printCommands } from './generated.ts'
import { oidcFormOf } from './oidc-form.ts'

const names = { organization: 'acme', project: 'shop', stack: 'dev' }
const scope = {
  issuer: 'https://daypass.example.com/oidc',
  audience: 'acme',
  subjects: [
    {
      operation: 'update' as const,
      subject: 'pulumi:deploy:org:acme:project:shop:stack:dev:operation:update:scope:write',
    },
  ],
}
const { aws, azure, gcp } = oidcFormOf({
  aws: { roleArn: 'arn:aws:iam::123456789012:role/team/deploy', sessionName: 'shop' },
  azure: { clientId: '11111111-2222-3333-4444-555555555555' },
  gcp: {
    projectId: '123456',
    workloadPoolId: 'pool',
    providerId: 'daypass',
    serviceAccount: 'a@b.iam.gserviceaccount.com',
  },
})

describe('The document of a cloud', () => {
  it.each([
    ['aws', aws, ['aws CLI', 'Trust policy', 'Terraform', 'Pulumi', 'CloudFormation']],
    ['azure', azure, ['az CLI', 'Federated credentials', 'Terraform', 'Pulumi']],
    ['gcp', gcp, ['gcloud CLI', 'Provider and policy', 'Terraform', 'Pulumi']],
  ] as const)('of %s names just what is let in, for each tool', (cloud, fields, tools) => {
    const made = generated(cloud, scope, names, fields, ['update'])
    if ('missing' in made) throw new Error(made.missing)
    expect(Object.keys(made.texts)).toEqual(tools)
    for (const text of Object.values(made.texts)) {
      expect(text).toContain('operation:update')
      expect(text).not.toContain('operation:destroy')
    }
  })

  it('keeps to the form of the stack’s subjects', () => {
    const subjects = [
      { operation: 'update' as const, subject: 'pulumi:deploy:org:acme:project:shop:stack:dev:access:write' },
    ]
    const made = generated('aws', { ...scope, subjects }, names, aws, ['update', 'preview'])
    if ('missing' in made) throw new Error(made.missing)
    expect(made.texts['Trust policy']).toContain('access:read')
    expect(made.texts['Trust policy']).not.toContain('operation:')
  })

  it('says what it still needs', () => {
    const empty = oidcFormOf(undefined)
    for (const cloud of ['aws', 'azure', 'gcp'] as const)
      expect(generated(cloud, scope, names, empty[cloud], ['update'])).toHaveProperty('missing')
    expect(generated('aws', scope, names, aws, [])).toEqual({ missing: 'Choose at least one operation.' })
  })

  it('is printed by a command that names the role', () => {
    expect(printCommands('aws', aws)).toBe('aws iam get-role --role-name deploy')
    expect(printCommands('gcp', gcp)).toContain('--workload-identity-pool=pool')
  })
})

describe('Pasted text', () => {
  it('may hold several documents, with brackets in their texts', () => {
    expect(readDocuments('{"a": "}\\"{"}\n[1]\n')).toEqual([{ a: '}"{' }, [1]])
  })
  it.each([
    ['', 'Paste what'],
    ['role', 'This is not JSON'],
    ['{"a": 1', 'This is not JSON'],
    ['{} oops', 'What follows the first document'],
  ])('%j is told what is wrong', (text, said) => expect(readDocuments(text)).toContain(said))
})
