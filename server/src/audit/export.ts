/** The audit log as a file: CSV for spreadsheets, ArcSight's CEF for what watches over networks, JSON lines for programs. */
import type { AuditLogEvent, ExportFormat } from '@daypass/contract/audit-log.ts'
import { stringify } from 'csv-stringify/sync'
import type { Queryable } from '../db/database.ts'
import type { AuditFilter } from './audit-log.sql.ts'
import { inWords, readPage } from './audit-log.ts'

interface Form {
  readonly type: string
  readonly head: string
  readonly lines: (events: readonly AuditLogEvent[]) => string
}

const COLUMNS = ['timestamp', 'event', 'description', 'user', 'name', 'actor', 'sourceIP', 'details']

export const EXPORT_FORMS: Readonly<Record<ExportFormat, Form>> = {
  csv: {
    type: 'text/csv; charset=utf-8',
    head: csv([COLUMNS]),
    lines: (events) => csv(events.map(csvRow)),
  },
  cef: { type: 'text/plain; charset=utf-8', head: '', lines: (events) => lines(events.map(cefLine)) },
  jsonl: {
    type: 'application/jsonl; charset=utf-8',
    head: '',
    lines: (events) => lines(events.map((event) => JSON.stringify(event))),
  },
}

const PAGE = 500

/** Page by page, as fast as they are read: a log may be longer than any memory. */
export async function* exportPieces(
  db: Queryable,
  filter: AuditFilter,
  format: ExportFormat,
): AsyncGenerator<Buffer> {
  const { head, lines: linesOf } = EXPORT_FORMS[format]
  if (head !== '') yield Buffer.from(head)
  let olderThanSeq = filter.olderThanSeq
  for (;;) {
    const page = await readPage(db, { ...filter, olderThanSeq }, PAGE)
    if (page.events.length > 0) yield Buffer.from(linesOf(page.events))
    if (page.continuationToken === undefined) return
    olderThanSeq = Number(page.continuationToken)
  }
}

function csvRow({ timestamp, event, description, user, actorName, sourceIP, details }: AuditLogEvent) {
  const time = timeOf(timestamp)
  return [time, event, description, user.githubLogin, user.name, actorName, sourceIP, JSON.stringify(details)]
}

/** Names are their owners' choice: none may become a formula in a spreadsheet. */
function csv(rows: readonly (readonly string[])[]): string {
  return stringify(rows as string[][], { escape_formulas: true, record_delimiter: 'windows' })
}

/** @see ArcSight Common Event Format, version 0. */
function cefLine({ timestamp, event, description, user, actorName, details }: AuditLogEvent): string {
  const head = ['CEF:0', 'Daypass', 'Daypass', '1', event, inWords(event), '3'].map(inHead)
  const fields = {
    rt: String(timestamp * 1000),
    suser: user.githubLogin,
    msg: description,
    cs1Label: 'actor',
    cs1: actorName,
    cs2Label: 'details',
    cs2: JSON.stringify(details),
  }
  const extension = Object.entries(fields).map(([name, value]) => `${name}=${inExtension(value)}`)
  return `${head.join('|')}|${extension.join(' ')}`
}

function inHead(text: string): string {
  return text.replaceAll(/[\\|]/g, '\\$&').replaceAll(/[\r\n]+/g, ' ')
}

function inExtension(text: string): string {
  return text.replaceAll(/[\\=]/g, '\\$&').replaceAll('\r', '\\r').replaceAll('\n', '\\n')
}

function lines(of: readonly string[]): string {
  return of.map((line) => `${line}\n`).join('')
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
