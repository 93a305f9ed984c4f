import { describe, expect, it } from 'vitest'
import { setupOf } from './setup-commands.ts'

const input = {
  issuerUrl: 'https://daypass.example.com/oidc',
  audience: 'acme',
  stack: { organization: 'acme', project: 'shop', stack: 'dev' },
  operations: ['update'],
  given: {},
} as const
const subject = 'pulumi:deploy:org:acme:project:shop:stack:dev:operation:update:scope:write'

describe('What makes a cloud trust a stack', () => {
  it.each(['aws', 'azure'] as const)('names the one subject to %s', (cloud) => {
    const setup = setupOf(cloud, input)
    expect(setup.ok && setup.commands).toContain(subject)
    expect(setup.ok && setup.commands).not.toContain('operation:preview')
  })
  it('maps what is too long for Google', () => {
    const setup = setupOf('google', {
      ...input,
      given: { project: '1', account: 'a@b.iam.gserviceaccount.com' },
    })
    expect(setup).toMatchObject({ ok: true })
    expect(setup.ok && setup.commands).toContain('providers/daypass')
  })
  it('says why a cloud cannot', () => {
    expect(setupOf('aws', { ...input, given: { account: 'mine' } })).toMatchObject({ ok: false })
    expect(setupOf('azure', { ...input, issuerUrl: 'http://127.0.0.1/oidc' })).toMatchObject({ ok: false })
  })
})
