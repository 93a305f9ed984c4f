/** What an event is, and what is known of it. */

export type DeploymentEvent =
  | 'deployment_queued'
  | 'deployment_started'
  | 'deployment_succeeded'
  | 'deployment_failed'
export type DriftEvent =
  | 'drift_detected'
  | 'drift_detection_succeeded'
  | 'drift_detection_failed'
  | 'drift_remediation_succeeded'
  | 'drift_remediation_failed'
export type StackEvent = 'stack_created' | 'stack_deleted'
/** Of `update`, `preview`, `refresh`, `destroy` and `import`. */
export type UpdateEvent =
  `${'update' | 'preview' | 'refresh' | 'destroy' | 'import'}_${'succeeded' | 'failed'}`
export type Event = DeploymentEvent | DriftEvent | StackEvent | UpdateEvent

export type Announcement =
  | { readonly event: DeploymentEvent; readonly deploymentId: string }
  /** Which event it is says the update's row, which has its end by now. */
  | { readonly event: 'update_ended'; readonly updateId: string }
  | { readonly event: StackEvent; readonly stack: AnnouncedStack; readonly by: Person }
  | DriftAnnouncement

/** Of a deployment, or of an update that no deployment opened. */
export type DriftAnnouncement = { readonly event: DriftEvent } & DriftFindings &
  ({ readonly deploymentId: string } | { readonly updateId: string })

export interface AnnouncedStack {
  readonly id: string
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly name: string
}

export interface Person {
  readonly login: string
  readonly name: string
}

export interface DriftFindings {
  readonly driftRunId: string
  readonly driftDetected: boolean
  /** How many resources by what would be done to them: `{"update": 3}`. */
  readonly resourceChanges: Readonly<Record<string, number>>
}

/** Notified at commit. Payload: none. */
export const OUTBOX_CHANNEL = 'outbox'

export interface HappenedEvent {
  readonly organizationId: string
  readonly stackId: string
  readonly event: Event
  readonly facts: Facts
  readonly happenedAt: Date
}

export interface Facts {
  readonly organization: string
  readonly project: string
  readonly stack: string
  /** Absent when whoever asked for it is gone. */
  readonly user?: Person | null
  readonly deployment?: { readonly version: number; readonly operation: string }
  readonly update?: {
    readonly id: string
    readonly version: number | null
    readonly kind: string
    readonly dryRun: boolean
    readonly resourceChanges: Readonly<Record<string, number>>
  }
  readonly drift?: DriftFindings
}
