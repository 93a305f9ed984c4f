import { describe, expect, it } from 'vitest'
import { eventReader } from './events.ts'

const SENT =
  'retry: 1000\n\nid: 0.2\nevent: lines\ndata: [{"text":"a: b\\n\\n"}]\n\n: alive\n\nevent: end\ndata: {}\n\n'
const EVENTS = [
  { event: 'lines', id: '0.2', data: [{ text: 'a: b\n\n' }] },
  { event: 'end', id: undefined, data: {} },
]

describe('Events', () => {
  it('come whole from one piece', () => expect(eventReader()(SENT)).toEqual(EVENTS))
  it('come whole however the text is cut', () => {
    for (let at = 0; at < SENT.length; at += 1) {
      const read = eventReader()
      expect([...read(SENT.slice(0, at)), ...read(SENT.slice(at))]).toEqual(EVENTS)
    }
  })
  it('that have no end were never sent', () => expect(eventReader()(SENT.slice(0, -1))).toHaveLength(1))
})
