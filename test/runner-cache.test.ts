/**
 * The dependency cache on a runner's disk: who fills it, who is given what, and that nobody can change it.
 */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { FinishReport, JobSpec } from '@daypass/contract/job-protocol.ts'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { type NpmRegistry, startNpmRegistry } from './harness/runner/npm-registry.ts'
import { describeRunners, INIT_STACK, withFileBackend } from './harness/runner/suite.ts'

/** pulumi itself succeeds without a language host: the program is YAML by the time that it is run. */
const TO_YAML = `printf 'name: web\\nruntime: yaml\\n' >Pulumi.yaml`
const CACHE = { scope: 'pool/organization/web/dev', generation: 0, mayWrite: true }

describeRunners((suite) => {
  let registry: NpmRegistry
  let folder: string
  beforeAll(async () => {
    registry = await startNpmRegistry()
    folder = mkdtempSync('/dev/shm/daypass-cache-')
    chmodSync(folder, 0o777)
    await suite.runner.stop()
    suite.runner = await suite.start('--cache-folder', join(folder, 'cache'), '--cache-megabytes', '50')
    return async () => {
      rmSync(folder, { recursive: true, force: true })
      await registry.close()
    }
  })
  const entries = (): string[] => readdirSync(join(folder, 'cache')).filter((name) => name !== 'incoming')
  const leftovers = (): string[] => readdirSync(join(folder, 'cache/incoming'))

  async function deploy(changes: Partial<JobSpec> = {}, commands: string[] = []): Promise<FinishReport> {
    return suite.run({
      ...withFileBackend,
      source: suite.source({ repoUrl: `${suite.git.url}/cached.git` }),
      preRunCommands: ['node index.js', ...commands, TO_YAML, INIT_STACK],
      cache: CACHE,
      ...changes,
    })
  }
  /** How often the registry was asked during it. */
  async function fetches(changes: Partial<JobSpec> = {}, commands: string[] = []): Promise<number> {
    const before = registry.fetched()
    const result = await deploy(changes, commands)
    expect(result, suite.plane.allText()).toEqual({ result: 'succeeded', failure: null })
    expect(suite.plane.text('Pre-run command 1')).toContain('from the registry')
    return registry.fetched() - before
  }
  const names = (): string[] => suite.plane.steps.map(({ name }) => name)

  test('an update saves what it downloaded, and the next job has it without a network', async () => {
    suite.git.create('cached', registry.program())
    expect(await fetches({ cache: null })).toBe(1)
    expect(names()).not.toContain('Restore cache')
    expect(names()).not.toContain('Save cache')
    expect(entries()).toEqual([])

    expect(await fetches()).toBe(1)
    expect(names()).toEqual([
      'Setup',
      'Get source',
      'Restore cache',
      'Download dependencies',
      ...[1, 2, 3].map((command) => `Pre-run command ${command}`),
      'pulumi update',
      'Save cache',
    ])
    expect(suite.plane.text('Restore cache')).toContain('Nothing was saved for this package-lock.json yet.')
    expect(suite.plane.text('Save cache')).toContain('Saved.')
    expect(entries()).toHaveLength(1)
    expect(leftovers()).toEqual([])

    expect(await fetches()).toBe(0)
    expect(suite.plane.text('Restore cache')).toMatch(/Restored \d+\.\d MB/)
    expect(await fetches({ operation: 'preview', cache: { ...CACHE, mayWrite: false } })).toBe(0)
    expect(entries()).toHaveLength(1)
  })

  test('another lock file, stack or generation finds nothing, and a job that may not write leaves nothing', async () => {
    const before = entries()
    const cannot = { ...CACHE, mayWrite: false }
    expect(await fetches({ cache: { ...cannot, generation: 1 } })).toBe(1)
    expect(await fetches({ cache: { ...cannot, scope: 'pool/organization/web/other' } })).toBe(1)
    expect(suite.plane.text('Save cache')).toMatch(/Only an update of the branch/)
    suite.git.create('cached', registry.program('changed'))
    expect(await fetches({ cache: cannot })).toBe(1)
    suite.git.create('cached', registry.program())
    expect(await fetches({ cache: cannot })).toBe(0)
    expect(entries()).toEqual(before)
  })

  test('an update that fails saves nothing', async () => {
    const before = entries()
    const result = await deploy({ cache: { ...CACHE, generation: 2 } }, ['exit 3'])
    expect(result.failure?.code).toBe('pre_run_failed')
    expect(entries()).toEqual(before)
    await expect.poll(leftovers).toEqual([])
  })

  test('what runs with credentials reaches neither the entry nor what is going to be one', async () => {
    const generation = 3
    const planted = 'planted-with-credentials'
    const plant = `mkdir -p ~/.npm/_cacache; echo ${planted} >~/.npm/_cacache/planted
      ls -la /mnt/ /mnt/dependencies.tar 2>&1; find / -xdev -name '*.tar' -path '*cache*' 2>/dev/null; true`
    expect(await fetches({ cache: { ...CACHE, generation } }, [plant])).toBe(1)
    expect(suite.plane.text('Pre-run command 2')).toContain("cannot access '/mnt/dependencies.tar'")
    expect(suite.plane.text('Pre-run command 2')).not.toMatch(/\.tar$/m)
    const look = 'ls ~/.npm/_cacache; test -e ~/.npm/_cacache/planted || echo clean'
    expect(await fetches({ cache: { ...CACHE, generation } }, [look])).toBe(0)
    expect(suite.plane.text('Pre-run command 2')).toContain('clean')
    for (const name of entries()) {
      expect(readFileSync(join(folder, 'cache', name)).includes(planted)).toBe(false)
    }
  })

  test('an entry that is damaged is dropped, and the deployment goes on', async () => {
    for (const name of entries()) {
      chmodSync(join(folder, 'cache', name), 0o644)
      truncateSync(join(folder, 'cache', name), 1000)
    }
    expect(await fetches()).toBe(1)
    expect(suite.plane.text('Restore cache')).toContain('What was saved is damaged; it was dropped.')
    expect(suite.plane.text('Save cache')).toContain('Saved.')
    expect(await fetches()).toBe(0)
  })

  test('a cache that cannot be used fails nothing', async () => {
    rmSync(join(folder, 'cache'), { recursive: true })
    writeFileSync(join(folder, 'cache'), 'a file')
    onTestFinished(() => rmSync(join(folder, 'cache'), { force: true }))
    expect(await fetches()).toBe(1)
    expect(suite.plane.text('Restore cache')).toMatch(/The cache cannot be used/)
    expect(suite.plane.text('Save cache')).toContain('There is nothing to save.')
  })

  test('without a lock file, or when dependencies are not ours to install, nothing is cached', async () => {
    suite.git.create('unlocked', { 'Pulumi.yaml': 'name: web\nruntime: nodejs\n', 'package.json': '{}' })
    const source = suite.source({ repoUrl: `${suite.git.url}/unlocked.git` })
    const commands = ['true']
    await suite.commands(commands, { cache: CACHE, source })
    expect(suite.plane.text('Restore cache')).toContain('Without a lock file (package-lock.json')
    await suite.commands(commands, { cache: CACHE, source, skipInstallDependencies: true })
    expect(names()).not.toContain('Restore cache')
    expect(suite.plane.text('Setup')).toContain('The cache is not used')
  })
}, 'ends')
