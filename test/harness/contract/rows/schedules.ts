/** Schedules, section 3.9 of the contract. Times are sent as generated clients send them: with an offset, and nulls. */
import { expect } from 'vitest'
import type { ContractArea } from '../row.ts'

const P = '{S}/deployments'
const ANSWER = { answers: 'ScheduledAction' } as const
const ONCE = '2099-12-31T23:59:00.000000+01:00'

export const schedules: ContractArea = {
  title: 'Schedules',
  rows: [
    {
      call: `POST ${P}/schedules`,
      body: {
        scheduleCron: '0 4 * * *',
        scheduleOnce: null,
        request: { operation: 'update', inheritSettings: true },
      },
      keeps: { scheduleId: 'id' },
      ...ANSWER,
      holds: (body) =>
        expect(body).toMatchObject({ scheduleCron: '0 4 * * *', paused: false, lastExecuted: '' }),
    },
    {
      call: `POST ${P}/schedules`,
      body: { request: { operation: 'update' } },
      status: 400,
      answers: 'ErrorBody',
    },
    {
      call: `POST ${P}/schedules`,
      at: { stack: 'bare' },
      body: { scheduleCron: '0 4 * * *', request: { operation: 'update' } },
      status: 400,
      answers: 'ErrorBody',
    },
    {
      call: `POST ${P}/schedules/{scheduleId}`,
      body: { scheduleCron: null, scheduleOnce: ONCE, request: { operation: 'preview' } },
      ...ANSWER,
      holds: (body) => expect(body).toMatchObject({ scheduleOnce: '2099-12-31 22:59:00' }),
    },
    {
      call: `POST ${P}/drift/schedules`,
      body: { scheduleCron: '0 5 * * *', autoRemediate: true },
      keeps: { driftScheduleId: 'id' },
      ...ANSWER,
    },
    { call: `POST ${P}/drift/schedules/{driftScheduleId}`, body: { scheduleCron: '0 6 * * *' }, ...ANSWER },
    {
      call: `POST ${P}/ttl/schedules`,
      body: { timestamp: ONCE, deleteAfterDestroy: true },
      keeps: { ttlScheduleId: 'id' },
      ...ANSWER,
    },
    { call: `POST ${P}/ttl/schedules`, body: {}, status: 400, answers: 'ErrorBody' },
    { call: `POST ${P}/ttl/schedules/{ttlScheduleId}`, body: { timestamp: ONCE }, ...ANSWER },
    {
      call: `GET ${P}/schedules`,
      answers: 'Schedules',
      holds: (body) => expect(body).toMatchObject({ schedules: [{}, {}, {}] }),
    },
    { call: `GET ${P}/schedules/{scheduleId}`, ...ANSWER },
    { call: `POST ${P}/schedules/{scheduleId}/pause` },
    { call: `POST ${P}/schedules/{scheduleId}/resume` },
    { call: `GET ${P}/schedules/{scheduleId}/history`, answers: 'ScheduleHistory' },
    { call: `DELETE ${P}/schedules/{scheduleId}` },
    { call: `DELETE ${P}/schedules/{scheduleId}` },
  ],
}
