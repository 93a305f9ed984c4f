/** One push to a monorepo, decided for all its stacks, beside the same with picomatch. */
import picomatch from 'picomatch'
import {
  type Push,
  readCommitId,
  readHostLogin,
  readRepositoryName,
} from '../../../server/src/git-events/git-event.ts'
import { deciderOf } from '../../../server/src/git-push/rules.ts'
import { stackRuleOf } from '../../../server/src/git-push/stack-rule.ts'
import type { StoredSettings } from '../../../server/src/settings/settings.ts'
import { type Bench, median, type Verdict } from '../bench.ts'

const STACKS = 500
const FILES = 300
const GOAL_MS = 100

/** Files of 60 folders, three levels deep; half of them documents. */
const CHANGED_FILES = Array.from({ length: FILES }, (_, at) => {
  const folder = `stacks/team-${at % 6}/service-${at % 60}`
  return at % 2 === 0 ? `${folder}/docs/chapter-${at}.md` : `${folder}/src/handlers/handler-${at}.ts`
})

const PATHS: Readonly<Record<string, (stack: number) => readonly string[]>> = {
  folders: (stack) => [
    `stacks/team-${stack % 6}/service-${stack}/**`,
    'libs/network/**',
    `libs/team-${stack % 6}/**/*.{ts,json}`,
    '.github/workflows/deploy-*.yml',
    '!**/*.md',
    '!**/docs/**',
  ],
  wildcards: (stack) => [`**/service-${stack}x/**`, `**/*-${stack}.{tf,yaml}`, '**/Pulumi*.yaml', '!**/*.md'],
}

export const benchGitRules: Bench = async function* ({ rounds, progress }): AsyncIterable<Verdict> {
  const event = push()
  for (const [name, pathsOf] of Object.entries(PATHS)) {
    const settings = Array.from({ length: STACKS }, (_, stack) => settingsWith(pathsOf(stack)))
    const contenders = { ours: () => decideAll(event, settings), peer: () => peerDecidesAll(settings) }
    const spent = { ours: [] as number[], peer: [] as number[] }
    for (let round = 0; round <= rounds; round += 1) {
      progress(`${name}, round ${round} of ${rounds}`)
      const [ours, peers] = [measure(contenders.ours), measure(contenders.peer)]
      if (ours.deployed !== peers.deployed)
        throw new Error(`The two do not agree: ${ours.deployed} and ${peers.deployed} stacks.`)
      // The first round is for the compiler.
      if (round === 0) continue
      spent.ours.push(ours.cpuMs)
      spent.peer.push(peers.cpuMs)
    }
    yield verdict(`git-rules-${name}`, median(spent.ours), median(spent.peer))
  }
}

function push(): Push {
  const [repository, before, after] = [
    readRepositoryName('acme/monorepo'),
    readCommitId('b'.repeat(40)),
    readCommitId('a'.repeat(40)),
  ]
  if (repository === undefined) throw new Error('That is no repository.')
  return {
    kind: 'push',
    repository,
    repositoryUrl: 'https://git.example.com/acme/monorepo.git',
    sender: readHostLogin('alice'),
    pusher: readHostLogin('alice'),
    branch: 'main',
    before,
    after,
    created: false,
    deleted: false,
    forced: false,
    headMessage: 'Mend it',
    changedFiles: CHANGED_FILES,
  }
}

function settingsWith(paths: readonly string[]): StoredSettings {
  return {
    sourceContext: { git: { branch: 'main' } },
    gitHub: { repository: 'acme/monorepo', deployCommits: true, paths },
  }
}

function decideAll(event: Push, settings: readonly StoredSettings[]): number {
  // The list is whole: it is the search that is measured, not the doubt about 300 files.
  const decide = deciderOf(event, { listedAtMost: FILES + 1 })
  const decided = settings.map((one) => {
    const rule = stackRuleOf(one, {})
    return rule && decide(rule)
  })
  return decided.filter((one) => one !== undefined && 'deploy' in one).length
}

function peerDecidesAll(settings: readonly StoredSettings[]): number {
  const options = { dot: true, nonegate: true, noextglob: true }
  const concerned = settings.filter(({ gitHub }) => {
    const paths = gitHub?.['paths'] as readonly string[]
    const includes = paths.filter((one) => !one.startsWith('!'))
    const excludes = paths.filter((one) => one.startsWith('!')).map((one) => one.slice(1))
    const [isIncluded, isExcluded] = [picomatch(includes, options), picomatch(excludes, options)]
    return CHANGED_FILES.some((file) => isIncluded(file) && !isExcluded(file))
  })
  return concerned.length
}

/** Processor time, for it is what one event takes from all others, and a busy machine does not change it much. */
function measure(work: () => number): { readonly deployed: number; readonly cpuMs: number } {
  const before = process.cpuUsage()
  const deployed = work()
  const { user, system } = process.cpuUsage(before)
  return { deployed, cpuMs: (user + system) / 1000 }
}

function verdict(name: string, oursMs: number, peerMs: number): Verdict {
  return {
    name,
    ours: `${oursMs.toFixed(1)} ms`,
    peer: `${peerMs.toFixed(1)} ms by picomatch`,
    ratio: (oursMs / peerMs).toFixed(2),
    goal: `< ${GOAL_MS} ms`,
    reached: oursMs < GOAL_MS,
  }
}
