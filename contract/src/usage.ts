/** Usage in the shapes of Pulumi's API. Owns: shapes. Does not own: what is counted (server/usage). */
import { type Static, Type } from 'typebox'

export const UsageSummaryItem = Type.Object(
  {
    year: Type.Integer(),
    month: Type.Optional(Type.Integer()),
    day: Type.Optional(Type.Integer()),
    hour: Type.Optional(Type.Integer()),
    weekNumber: Type.Optional(Type.Integer()),
    resources: Type.Integer({ description: 'Here: minutes of runners, rounded up.' }),
    resourceHours: Type.Integer({ description: 'Here: hours of runners, rounded up.' }),
  },
  { title: 'ResourceCountSummary' },
)
export type UsageSummaryItem = Static<typeof UsageSummaryItem>

export const UsageSummary = Type.Object(
  { summary: Type.Array(UsageSummaryItem) },
  { title: 'GetResourceCountSummaryResponse' },
)

export const UsageRecord = Type.Object(
  {
    OrgID: Type.String(),
    Timestamp: Type.Integer({ description: 'Seconds since 1970, as the two below.' }),
    UsageRangeStart: Type.Integer(),
    UsageRangeEnd: Type.Integer(),
    Value: Type.Integer({ description: 'Minutes of runners, rounded up.' }),
    Count: Type.Integer({ description: 'Deployments that ended.' }),
  },
  { title: 'UsageRecord' },
)
export type UsageRecord = Static<typeof UsageRecord>
