/**
 * The paths of `job-protocol.ts`, without the schemas: a runner that only calls them need not load the library that
 * describes the bodies, which is a sixth of its memory.
 */

export const RUNNER_CLAIM_PATH = '/api/daypass/runner/claim'
export const RUNNER_POLL_CLAIM_PATH = '/api/daypass/runner/git-polls/claim'
export const RUNNER_POLL_REPORT_PATH = '/api/daypass/runner/git-polls/report'
export const JOB_START_PATH = '/api/daypass/job/start'
export const JOB_BEAT_PATH = '/api/daypass/job/beat'
export const JOB_CANCELLATION_PATH = '/api/daypass/job/cancellation'
export const JOB_STEP_PATH = '/api/daypass/job/step'
export const JOB_LOG_PATH = '/api/daypass/job/log'
export const JOB_ID_TOKEN_PATH = '/api/daypass/job/id-token'
export const JOB_SOURCE_CREDENTIAL_PATH = '/api/daypass/job/source-credential'
export const JOB_FINGERPRINTS_PATH = '/api/daypass/job/fingerprints'
export const JOB_FINISH_PATH = '/api/daypass/job/finish'
