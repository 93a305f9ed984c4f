import { describe, expect, it } from 'vitest'
import { formOf, problemsOf } from './form.ts'
import { patchOf } from './patch.ts'
import { newVariable } from './secret.ts'
import type { SavedSettings } from './settings.ts'

const sealed = (ciphertext: string) => ({ secret: '' as const, ciphertext })

const SAVED: SavedSettings = {
  sourceContext: {
    git: {
      repoUrl: 'https://git.example.com/shop.git',
      branch: 'refs/heads/main',
      repoDir: 'infra',
      gitAuth: { accessToken: sealed('c1') },
    },
  },
  operationContext: {
    oidc: { aws: { roleArn: 'arn:aws:iam::123456789012:role/deploy', sessionName: 'shop' } },
    preRunCommands: ['npm ci'],
    environmentVariables: { REGION: 'eu', TOKEN: sealed('c2') },
    options: { skipInstallDependencies: true, shell: 'bash' },
  },
}

describe('Settings that nobody touched', () => {
  it('are sent as they were saved, with sealed secrets kept', () => {
    expect(patchOf(formOf(SAVED), SAVED, true)).toEqual({
      sourceContext: {
        git: {
          repoUrl: 'https://git.example.com/shop.git',
          branch: 'main',
          repoDir: 'infra',
          gitAuth: { accessToken: sealed('c1'), sshAuth: null, basicAuth: null },
        },
        template: null,
      },
      gitHub: null,
      vcs: null,
      agentPoolID: null,
      operationContext: {
        oidc: {
          aws: {
            roleArn: 'arn:aws:iam::123456789012:role/deploy',
            sessionName: 'shop',
            policyArns: null,
            duration: null,
          },
          azure: null,
          gcp: null,
        },
        environmentVariables: { REGION: 'eu', TOKEN: sealed('c2') },
        preRunCommands: ['npm ci'],
        options: { skipInstallDependencies: true, skipIntermediateDeployments: false },
      },
      cacheOptions: { enable: false },
      executorContext: { executorImage: null },
    })
    expect(problemsOf(formOf(SAVED))).toEqual({})
  })

  it('say nothing of clouds for whoever may not change them', () => {
    expect(patchOf(formOf(SAVED), SAVED, false).operationContext).not.toHaveProperty('oidc')
  })
})

describe('What somebody changed', () => {
  const form = formOf(SAVED)

  it('a removed variable is null, a typed secret is sealed by the server', () => {
    const [, token] = form.variables
    if (!token) throw new Error('There are two.')
    const added = { ...newVariable(1), name: 'KEY', text: 'new', isSecret: true }
    const changed = { ...form, variables: [{ ...token, text: 'typed' }, added] }
    expect(patchOf(changed, SAVED, true).operationContext?.environmentVariables).toEqual({
      REGION: null,
      TOKEN: { secret: 'typed' },
      KEY: { secret: 'new' },
    })
  })

  it('another source takes the former one and its credentials away', () => {
    const github = { ...form.source, kind: 'github', repository: ' acme/shop ', deployCommits: true } as const
    const patch = patchOf({ ...form, source: github }, SAVED, true)
    expect(patch.sourceContext?.git).toMatchObject({ repoUrl: null, gitAuth: null, branch: 'main' })
    expect(patch).toMatchObject({ gitHub: { repository: 'acme/shop', deployCommits: true }, vcs: null })
    const none = patchOf({ ...form, source: { ...form.source, kind: 'none' } }, SAVED, true)
    expect(none).toMatchObject({ sourceContext: null, gitHub: null, vcs: null })
  })

  it('a branch takes the place of a commit that the API had set', () => {
    const pinned = { sourceContext: { git: { repoUrl: 'https://x.example/a.git', commit: 'c'.repeat(40) } } }
    const at = formOf(pinned)
    expect(problemsOf(at)).toEqual({})
    expect(patchOf(at, pinned, true).sourceContext?.git).not.toHaveProperty('commit')
    const moved = { ...at, source: { ...at.source, branch: 'main' } }
    expect(patchOf(moved, pinned, true).sourceContext?.git).toMatchObject({ branch: 'main', commit: null })
  })
})

describe('A problem', () => {
  const form = formOf({})

  it.each([
    [{ source: { ...form.source, kind: 'git' } }, ['source.repoUrl', 'source.branch']],
    [{ source: { ...form.source, kind: 'gitlab' } }, ['source.repository', 'source.branch']],
    [{ source: { ...form.source, kind: 'template' } }, ['source.templateUrl']],
    [
      { oidc: { ...form.oidc, aws: { ...form.oidc.aws, enabled: true, roleArn: 'deploy' } } },
      ['oidc.aws.roleArn', 'oidc.aws.sessionName'],
    ],
    [{ variables: [{ ...newVariable(1), name: '1A' }] }, ['variables.0.name']],
    [
      { variables: [1, 2].map((number) => ({ ...newVariable(number), name: 'A' })) },
      ['variables.0.name', 'variables.1.name'],
    ],
    [{ image: { ...form.image, enabled: true } }, ['image.reference']],
    [
      { image: { ...form.image, enabled: true, reference: 'x', password: { text: 'p', sealed: '' } } },
      ['image.username'],
    ],
    [{ image: { ...form.image, enabled: true, reference: 'x', username: 'u' } }, ['image.password.text']],
    ...(['token', 'ssh', 'password'] as const).map(
      (credentials, at) =>
        [
          { source: { ...form.source, kind: 'git', repoUrl: 'x', branch: 'main', credentials } },
          [`source.${['accessToken', 'sshPrivateKey', 'userName'][at]}.text`],
        ] as const,
    ),
  ] as const)('is said of its field: %#', (change, paths) => {
    expect(Object.keys(problemsOf({ ...form, ...change }))).toEqual(paths)
  })
})
