/** How much clients may send and keep; the operator's to say (config). */
export interface StateLimits {
  /** One state, and one request of a journal. */
  readonly stateBytes: number
  /** What a batch of events may have inflated: a program's output comes in batches, each of a second or so. */
  readonly eventBatchBytes: number
  /** What an update may keep of its events, and all updates of a deployment together: a program that prints must not fill the disk. */
  readonly updateEventsBytes: number
}

export const EVENT_BATCH_FLAG = '--largest-event-batch-mb'
export const UPDATE_EVENTS_FLAG = '--largest-update-events-mb'
