/** The Automation API's remote workspaces run in the test's own process, and find CLI and server by its environment. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { vi } from 'vitest'
import { pulumiProgram } from './pulumi.ts'
import type { TestServer } from './server.ts'

/** What the CLI needs to be somebody at the server. */
export function loginAt(server: TestServer): Record<string, string> {
  return {
    PULUMI_ACCESS_TOKEN: server.adminToken,
    PULUMI_BACKEND_URL: server.url,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_EXPERIMENTAL: 'true',
  }
}

/** @returns What makes the process as it was. */
export async function useRemoteWorkspaces(server: TestServer): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'daypass-remote-'))
  for (const [name, value] of Object.entries(loginAt(server))) vi.stubEnv(name, value)
  vi.stubEnv('PULUMI_HOME', join(home, '.pulumi'))
  vi.stubEnv('PATH', [dirname(pulumiProgram()), process.env['PATH']].join(delimiter))
  return async () => {
    vi.unstubAllEnvs()
    await rm(home, { recursive: true, force: true })
  }
}
