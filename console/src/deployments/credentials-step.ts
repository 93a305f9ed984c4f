/**
 * What the step `Fetch credentials via OIDC` of a log says: the identity that the deployment had, as whom the clouds let
 * it in, and why one did not. It is what the runner did, whatever the settings say now.
 */
import { type Log, withoutColors } from '../log/log.ts'

const STEP = 'Fetch credentials via OIDC'

/** The lines of it; undefined when the deployment has none, or none yet. */
export function credentialsLines({ steps }: Pick<Log, 'steps'>): readonly string[] | undefined {
  return steps.find(({ name }) => name === STEP)?.lines.map(withoutColors)
}

export interface Identity {
  readonly issuer: string
  readonly subject: string
  /** Undefined when its clouds have none of the organization. */
  readonly audience: string | undefined
  /** For whom its program may ask besides. */
  readonly otherAudiences: string | undefined
  readonly clouds: readonly CloudIdentity[]
}

export interface CloudIdentity {
  readonly cloud: 'AWS' | 'Azure' | 'Google Cloud'
  /** Role, application or account, as the step says it. */
  readonly says: string
  readonly validUntil: Date | undefined
}

export function identityIn(lines: readonly string[]): Identity | undefined {
  const after = (word: string) => lines.find((line) => line.startsWith(word))?.slice(word.length)
  const [issuer, subject] = [after('Issuer '), after('Subject ')]
  if (issuer === undefined || subject === undefined) return undefined
  return {
    issuer,
    subject,
    audience: after('Audience '),
    otherAudiences: after('On request also for '),
    clouds: lines.flatMap((line) => cloudIn(line, lines) ?? []),
  }
}

/** A further identity of the stack has its name before the sentence. */
const NAMED = /^(?:[a-z0-9-]+: )?/.source
const ROLE = new RegExp(`${NAMED}Role (.+), session name (\\S+), asking `)
const APPLICATION = new RegExp(`${NAMED}Azure (application \\S+), asking `)
const ACCOUNT = new RegExp(`${NAMED}Google service account (\\S+), provider (\\S+), asking `)

function cloudIn(line: string, lines: readonly string[]): CloudIdentity | undefined {
  const name = /^[a-z0-9-]+: /.exec(line)?.[0] ?? ''
  const until = (words: string) => dateIn(lines.find((one) => one.startsWith(name) && one.includes(words)))
  const [, role, session] = ROLE.exec(line) ?? []
  if (role) {
    const says = `${name}${role}, session ${session}`
    return { cloud: 'AWS', says, validUntil: until('AWS credentials valid until ') }
  }
  const [, application] = APPLICATION.exec(line) ?? []
  if (application) return { cloud: 'Azure', says: name + application, validUntil: undefined }
  const [, account, provider] = ACCOUNT.exec(line) ?? []
  if (!account) return undefined
  const says = `${name}${account}, by ${provider}`
  return { cloud: 'Google Cloud', says, validUntil: until('access token of now is valid until ') }
}

function dateIn(line: string | undefined): Date | undefined {
  const written = /valid until (\d{4}-\S+Z)/.exec(line ?? '')?.[1]
  return written === undefined ? undefined : new Date(written)
}

export interface TrustRefusal {
  readonly code: string
  readonly sentence: string
  /** The part of the cloud's document that did not let it in, where there is one. */
  readonly clause: string | undefined
  readonly mend: string
  /** What to look at. */
  readonly checks: readonly string[]
  /** A document that lets in this deployment and no other, ready for the cloud. */
  readonly policy: string | undefined
}

const POLICY = 'A trust policy that lets in this subject and no other:'
const MEND = 'What to change: '

/** Why clouds did not let it in, as they are explained in the step. */
export function refusalsIn(lines: readonly string[]): TrustRefusal[] {
  return lines.flatMap((line, place) => {
    if (!line.includes(MEND) || place === 0) return []
    const [, sentence, code = ''] = /^(.*?)(?: \[([a-z_]+)\])?$/.exec(lines[place - 1] ?? '') ?? []
    if (!sentence) return []
    const rest = lines.slice(place + 1)
    const end = rest.findIndex((one) => !one.startsWith('  '))
    const more = (end < 0 ? rest : rest.slice(0, end)).map((one) => one.trim())
    const sentences = more.filter((one) => !one.startsWith('- '))
    const checks = more.filter((one) => one.startsWith('- ')).map((one) => one.slice(2))
    const mend = [line.slice(line.indexOf(MEND) + MEND.length), ...sentences].join(' ')
    const policy = rest[end] === POLICY ? documentIn(rest.slice(end + 1)) : undefined
    return [{ code, mend, checks, policy, ...clauseOf(sentence) }]
  })
}

/** JSON of several lines, of which only the last is a bracket alone. */
function documentIn(lines: readonly string[]): string | undefined {
  const end = lines.indexOf('}')
  return end < 0 ? undefined : lines.slice(0, end + 1).join('\n')
}

/** It stands in brackets at the end of the sentence. */
function clauseOf(said: string): Pick<TrustRefusal, 'sentence' | 'clause'> {
  const [, sentence, clause] = /^(.*) \(([^()]+)\)\.$/.exec(said) ?? []
  return sentence === undefined ? { sentence: said, clause: undefined } : { sentence: `${sentence}.`, clause }
}
