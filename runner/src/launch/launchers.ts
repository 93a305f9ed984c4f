/** Which launcher a job gets: the machine's own, or docker where the settings name an image. */
import type { ExecutorImage } from '@daypass/contract/job-protocol.ts'
import { type DockerOptions, dockerLauncher } from './docker/docker.ts'
import type { Launcher } from './launcher.ts'

export interface Launchers {
  /** For jobs without an image; undefined: those too run in a container, of the default image. */
  readonly own: Launcher | undefined
  /** Undefined: there is no docker here. */
  readonly docker: DockerOptions | undefined
  readonly defaultImage: string
  /** Runs jobs with the programs of the machine, whatever image they ask for. */
  readonly ignoreImages: boolean
}

export interface ChosenLauncher {
  readonly launcher: Launcher
  /** Why the job cannot run here, all the same. */
  readonly refusal: string | undefined
}

export function chooseLauncher(
  { own, docker, defaultImage, ignoreImages }: Launchers,
  job: { readonly executorImage: ExecutorImage | null; readonly backendUrl: string },
): ChosenLauncher {
  const image = ignoreImages && own ? null : job.executorImage
  if (own && image === null) return { launcher: own, refusal: undefined }
  if (docker) {
    const wanted = image ?? { reference: defaultImage, credentials: null }
    return { launcher: dockerLauncher(docker, wanted, job.backendUrl), refusal: undefined }
  }
  if (!own) throw new Error('A runner without a launcher was started.')
  return {
    launcher: own,
    refusal: `The settings ask for the image ${image?.reference}, and this runner has no docker to run it with: install Docker on its machine, choose a pool whose runners have it, remove executorContext.executorImage, or start the runner with --ignore-executor-images.`,
  }
}
