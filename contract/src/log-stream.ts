/** What streams of server-sent events tell: of one deployment's log, and of the deployments of an organization. */
import { type Static, Type } from 'typebox'
import { DEPLOYMENT_PATH } from './deployments.ts'

export const LOG_STREAM_PATH = `${DEPLOYMENT_PATH.replace('/api/stacks/', '/api/daypass/stacks/')}/log-stream`
export const ORGANIZATION_EVENTS_PATH = '/api/daypass/orgs/:organization/events'

/** Data of the event `lines`: an array of these. */
export const LogStreamLine = Type.Object({
  step: Type.Integer(),
  /** In its step, from 0. */
  index: Type.Integer(),
  timestamp: Type.String(),
  /** With its line break. */
  text: Type.String(),
})
export type LogStreamLine = Static<typeof LogStreamLine>

/** Data of the event `steps`: an array of those that are new or have another status. */
export const LogStreamStep = Type.Object({
  step: Type.Integer(),
  name: Type.String(),
  status: Type.Union([
    Type.Literal('not-started'),
    Type.Literal('running'),
    Type.Literal('succeeded'),
    Type.Literal('failed'),
  ]),
})
export type LogStreamStep = Static<typeof LogStreamStep>

/** Data of the event `changed`. */
export const OrganizationChange = Type.Union([
  Type.Object({
    what: Type.Literal('deployment'),
    /** `project/stack` */
    stack: Type.String(),
    deploymentId: Type.String(),
    version: Type.Integer(),
    status: Type.String(),
  }),
  /** When it begins, and when something may have been missed. */
  Type.Object({ what: Type.Literal('everything') }),
])
export type OrganizationChange = Static<typeof OrganizationChange>

export const EventStream = Type.String({
  description: 'Server-sent events (`text/event-stream`).',
})
