/** What a webhook can listen to: single events (filters) and groups of them, by Pulumi's names. */
import type { Event } from '../outbox/event.ts'

/** The word in `Pulumi-Webhook-Kind`. */
const KINDS: Readonly<Record<Event, string>> = {
  stack_created: 'stack',
  stack_deleted: 'stack',
  preview_succeeded: 'stack_preview',
  preview_failed: 'stack_preview',
  update_succeeded: 'stack_update',
  update_failed: 'stack_update',
  destroy_succeeded: 'stack_update',
  destroy_failed: 'stack_update',
  refresh_succeeded: 'stack_update',
  refresh_failed: 'stack_update',
  import_succeeded: 'stack_update',
  import_failed: 'stack_update',
  deployment_queued: 'deployment',
  deployment_started: 'deployment',
  deployment_succeeded: 'deployment',
  deployment_failed: 'deployment',
  drift_detected: 'drift_detection',
  drift_detection_succeeded: 'drift_detection',
  drift_detection_failed: 'drift_detection',
  drift_remediation_succeeded: 'drift_remediation',
  drift_remediation_failed: 'drift_remediation',
}

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  stacks: ['stack', 'stack_preview', 'stack_update'],
  deployments: ['deployment', 'drift_detection', 'drift_remediation'],
}

/** Pulumi Cloud has these; Daypass has nothing that they could tell of. */
const NEVER_HERE =
  /^(?:policies|environments|change_requests|policy_violation_(?:mandatory|advisory)|deployment_file_ingestion_failed|imported_environment_changed|(?:environment|change_request)_[a-z_]+)$/
/** An organization hears of them alone: before it is made, and after it is gone, a stack has no webhook. */
const OF_ORGANIZATIONS =
  /^(?:stack_(?:created|deleted)|environments|change_requests|environment_.*|change_request_.*)$/

export function kindOf(event: Event): string {
  return KINDS[event]
}

export function groupOf(event: Event): string {
  return Object.keys(GROUPS).find((group) => GROUPS[group]?.includes(KINDS[event])) ?? ''
}

export type FilterVerdict = 'known' | 'never-here' | 'organizations-only' | 'unknown'

export function judgeFilter(name: string, ofStack: boolean): FilterVerdict {
  return judge(name, ofStack, Object.hasOwn(KINDS, name))
}

export function judgeGroup(name: string, ofStack: boolean): FilterVerdict {
  return judge(name, ofStack, Object.hasOwn(GROUPS, name))
}

function judge(name: string, ofStack: boolean, isKnown: boolean): FilterVerdict {
  if (ofStack && OF_ORGANIZATIONS.test(name)) return 'organizations-only'
  if (isKnown) return 'known'
  return NEVER_HERE.test(name) ? 'never-here' : 'unknown'
}
