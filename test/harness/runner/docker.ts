/**
 * The docker of a test: the stand-in beside this file, or a real engine when `DAYPASS_TEST_DOCKER_HOST` names its socket
 * and `DAYPASS_TEST_DOCKER_IMAGE` an image that it has, with git, tar and the Pulumi CLI in it.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface TestDocker {
  readonly isReal: boolean
  /** Flags and environment of a runner that is to use it. */
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly image: string
  /** Of the stand-in: every call, in order. */
  calls(): readonly DockerCall[]
  /** Of the stand-in: as if the engine were down. */
  setDown(down: boolean): void
  /** The folder of the stand-in's state. */
  readonly state: string
  remove(): void
}

export interface DockerCall {
  readonly argv: readonly string[]
  /** Content of config.json at the time of the call. */
  readonly config?: object
  readonly env: readonly string[]
}

export function whyNoDocker(): string | undefined {
  if (process.env['DAYPASS_TEST_DOCKER_HOST']) return undefined
  return existsSync('/usr/bin/bwrap') ? undefined : 'the stand-in for docker needs bubblewrap'
}

/** @param pulumiFolder What the stand-in's image has in its PATH. */
export function testDocker(pulumiFolder: string): TestDocker {
  const state = mkdtempSync('/dev/shm/daypass-docker-')
  chmodSync(state, 0o755)
  const host = process.env['DAYPASS_TEST_DOCKER_HOST']
  const network = ['--docker-network', 'host']
  const rest = {
    state,
    setDown(down: boolean) {
      if (down) writeFileSync(join(state, 'down'), '')
      else rmSync(join(state, 'down'), { force: true })
    },
    remove: () => rmSync(state, { recursive: true, force: true }),
  }
  if (host) {
    return {
      ...rest,
      isReal: true,
      flags: [...network, '--docker-pull', 'never'],
      env: { DOCKER_HOST: host },
      image: process.env['DAYPASS_TEST_DOCKER_IMAGE'] ?? '',
      calls: () => [],
    }
  }
  const program = join(state, 'docker')
  const standIn = join(import.meta.dirname, 'docker-stand-in.ts')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${standIn}' '${state}' "$@"\n`)
  chmodSync(program, 0o755)
  mkdirSync(join(state, 'image/bin'), { recursive: true })
  writeFileSync(join(state, 'programs'), pulumiFolder)
  return {
    ...rest,
    isReal: false,
    flags: [...network, '--docker', program],
    env: {},
    image: 'registry.example.com/acme/executor:1',
    calls: () =>
      readFileSync(join(state, 'calls'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as DockerCall),
  }
}
