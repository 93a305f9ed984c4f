/**
 * Drift runs as Pulumi's API answers them, with some fields of ours.
 *
 * Owns: paths and answered shapes. Does not own: how drift is found (server/drift).
 */
import { type Static, Type } from 'typebox'
import { JobStatus } from './deployments.ts'
import { STACK_PATH } from './stack-path.ts'

export const DRIFT_STATUS_PATH = `${STACK_PATH}/drift/status`
export const DRIFT_RUNS_PATH = `${STACK_PATH}/drift/runs`
export const DRIFT_RUN_PATH = `${DRIFT_RUNS_PATH}/:runId`

export const DriftRunUpdate = Type.Object(
  {
    updateId: Type.String(),
    resourceChanges: Type.Optional(Type.Record(Type.String(), Type.Integer())),
    /** `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
    modified: Type.String(),
    status: JobStatus,
  },
  { title: 'DriftRunUpdate' },
)
export type DriftRunUpdate = Static<typeof DriftRunUpdate>

export const DriftRun = Type.Object(
  {
    /** The deployment's, or that of a preview-only refresh which somebody ran without one. */
    id: Type.String(),
    driftDetected: Type.Boolean(),
    created: Type.String(),
    status: JobStatus,
    deploymentId: Type.Optional(Type.String()),
    deploymentVersion: Type.Optional(Type.Integer()),
    detectUpdate: Type.Optional(DriftRunUpdate),
    remediateUpdate: Type.Optional(DriftRunUpdate),
    /** Ours: the deployment that puts it right, before it has begun an update too. */
    remediation: Type.Optional(
      Type.Object({ deploymentId: Type.String(), deploymentVersion: Type.Integer(), status: JobStatus }),
    ),
    /** Ours, of one run only: where the drift is. The first 1000. */
    changedResources: Type.Optional(
      Type.Array(Type.Object({ urn: Type.String(), operation: Type.String() })),
    ),
  },
  { title: 'DriftRun' },
)
export type DriftRun = Static<typeof DriftRun>

export const ListDriftRunsResponse = Type.Object(
  {
    driftRuns: Type.Array(DriftRun),
    itemsPerPage: Type.Integer(),
    total: Type.Integer(),
  },
  { title: 'ListDriftRunsResponse' },
)
export type ListDriftRunsResponse = Static<typeof ListDriftRunsResponse>
