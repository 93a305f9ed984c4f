/**
 * How the steps of a job go on from one to the next, which is the same whatever confines them.
 */
import { expect, onTestFinished, test } from 'vitest'
import { jobIdentity } from '../runner/harness/fake-plane.ts'
import { describeRunners, INIT_STACK, withFileBackend, YAML } from './harness/runner/suite.ts'

describeRunners((suite) => {
  test('an exit code of 1 fails the deployment with a sentence', async () => {
    const result = await suite.run({ preRunCommands: ['exit 1'] })
    expect(result).toEqual({
      result: 'failed',
      failure: { code: 'pre_run_failed', message: 'The pre-run command "exit 1" ended with exit code 1.' },
    })
    expect(suite.plane.steps.at(-1)).toMatchObject({
      name: 'Pre-run command 1',
      statuses: ['running', 'failed'],
    })
  })

  test('a program that fails, fails the deployment', async () => {
    suite.git.create('broken', { 'Pulumi.yaml': YAML.replace('pulumi:index:Stash', 'pulumi:index:Nonsense') })
    const result = await suite.run({
      ...withFileBackend,
      preRunCommands: [INIT_STACK],
      source: suite.source({ repoUrl: `${suite.git.url}/broken.git` }),
    })
    expect(result.failure).toMatchObject({ code: 'program_failed' })
    expect(result.failure?.message).toMatch(/pulumi up ended with exit code \d+/)
  })

  test('pre-run commands hand variables on through PULUMI_ENV', async () => {
    await suite.commands([
      'echo "GREETING=hello there" >>/PULUMI_ENV; echo nonsense >>"$PULUMI_ENV_FILE"',
      'echo "[$GREETING]"',
    ])
    expect(suite.plane.text('Pre-run command 1')).toMatch(/sets GREETING/)
    expect(suite.plane.text('Pre-run command 1')).toMatch(/lines 2 are not/)
    expect(suite.plane.text('Pre-run command 2')).toContain('[hello there]')
  })

  test('what a pre-run command hands on as a secret is one from then on, and who the job is stays as it is', async () => {
    const value = 'handed-on-by-a-command'
    await suite.commands(
      [
        `printf 'MY_API_KEY=%s-%s\\nPULUMI_ACCESS_TOKEN=x\\nPULUMI_CI_STACK=other\\nexport A=1\\n' handed-on by-a-command >>"$PULUMI_ENV"`,
        'echo "[$MY_API_KEY] [$PULUMI_CI_STACK] [$A]"',
      ],
      { environment: [{ name: 'PULUMI_CI_OPERATION', value: 'mine', secret: false }] },
    )
    expect(suite.plane.text('Pre-run command 1')).toMatch(
      /PULUMI_ACCESS_TOKEN, PULUMI_CI_STACK cannot be set there/,
    )
    expect(suite.plane.text('Pre-run command 1')).toMatch(/lines 4 are not/)
    expect(suite.plane.text('Pre-run command 2')).toContain('[[secret]] [dev] []')
    expect(suite.plane.allText()).not.toContain(value)
  })

  test('a shell of choice runs the commands, and one that is not there is said', async () => {
    expect(await suite.commands(['echo "$0 $BASH_VERSION"'], { shell: 'sh' })).toMatch(/^sh /)
    expect(await suite.commands(['[[ a == a ]] && echo bash'])).toBe('bash\n')
    for (const shell of ['no-such-shell', './no/such/shell']) {
      const { failure } = await suite.run({ shell, preRunCommands: ['true'] })
      expect(failure).toMatchObject({
        code: 'pre_run_failed',
        message: expect.stringContaining(`The shell "${shell}" is not there where this job runs`),
      })
    }
    const { failure } = await suite.run({ preRunCommands: ['exit 127'] })
    expect(failure?.message).toMatch(/ended with exit code 127/)
  })

  test('the token file is replaced when half of its life is gone, and each step gets a fresh token', async () => {
    suite.plane.tokenLifetimeSeconds = 2
    onTestFinished(() => {
      suite.plane.tokenLifetimeSeconds = 900
    })
    const identity = jobIdentity()
    const before = suite.plane.minted.length
    const shown = await suite.commands(
      [
        'a=$(cat /mnt/pulumi/pulumi.oidc); sleep 1.6; test "$a" != "$(cat /mnt/pulumi/pulumi.oidc)" && echo renewed',
        'true',
      ],
      { identity },
    )
    expect(shown).toContain('renewed')
    expect(suite.plane.minted.length - before).toBeGreaterThanOrEqual(3)
    expect(suite.plane.minted.every(({ purpose }) => purpose === 'job')).toBe(true)
  })

  test('a flood of output arrives whole', async () => {
    const shown = await suite.commands(['seq 1 100000'])
    const numbers = shown.split('\n').filter((line) => /^\d+$/.test(line))
    expect(numbers).toHaveLength(100_000)
    expect(numbers.at(-1)).toBe('100000')
  }, 60_000)
}, 'ends')
