/** The one list of which kinds of git host this server speaks to. */
import type { GitHostAdapter } from './adapter.ts'
import { azureDevOps } from './azure-devops/azure-devops.ts'
import { bitbucket } from './bitbucket/bitbucket.ts'
import { custom } from './custom/custom.ts'
import type { GitHostKind } from './git-host.ts'
import { gitea } from './gitea/gitea.ts'
import { github } from './github/github.ts'
import { gitlab } from './gitlab/gitlab.ts'
import { polling } from './polling/polling.ts'

/** Those that are missing are not offered yet. */
export const ADAPTERS: Readonly<Partial<Record<GitHostKind, GitHostAdapter>>> = {
  'github-app': github,
  github,
  'github-enterprise': github,
  gitlab,
  bitbucket,
  'azure-devops': azureDevOps,
  gitea,
  custom,
  polling,
}
