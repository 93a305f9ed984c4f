/** A session of the publisher's role, at AWS STS or at the STS of a store that speaks its protocol. */
import { explainAwsRefusal } from '@daypass/trust/aws/explain.ts'
import { readCredentials, readError, type StsCredentials } from '@daypass/trust/aws/sts-answer.ts'
import { assumeRoleForm } from '@daypass/trust/aws/sts-request.ts'
import { EXPLANATION_HEADER } from '@daypass/trust/explanation-header.ts'
import type { S3Target } from '../target.ts'
import { byOurClock, type PassServices, passRefused, postForm } from './pass.ts'

/** As CloudTrail shows it. */
const SESSION_NAME = 'daypass-issuer-publish'

export type AwsPass = Omit<StsCredentials, 'expiresAt'> & { readonly goodUntil: Date }

export async function awsPass(
  services: PassServices,
  { roleArn, audience, stsUrl }: S3Target,
  signal: AbortSignal,
): Promise<AwsPass> {
  const { token, subject } = await services.mint(audience)
  const who = `AWS STS at ${stsUrl}`
  const body = assumeRoleForm({
    roleArn,
    sessionName: SESSION_NAME,
    token,
    durationSeconds: null,
    policyArns: [],
  })
  const answer = await postForm(services, who, { url: `${stsUrl}/`, body }, signal)
  const xml = answer.body.toString('utf8')
  const credentials = answer.status === 200 ? readCredentials(xml) : undefined
  if (credentials) {
    const { expiresAt, ...keys } = credentials
    return { ...keys, goodUntil: byOurClock(expiresAt, answer.headers, services.now()) }
  }
  const error = readError(xml)
  const claims = { iss: services.issuerUrl, sub: subject, aud: audience }
  const explanationHeader = answer.headers.get(EXPLANATION_HEADER)
  if (!error) throw passRefused(who, answer, undefined)
  const { sentence, mend, checks } = explainAwsRefusal({
    roleArn,
    claims,
    error: { ...error, explanationHeader },
  })
  // Where AWS says nothing, what it looked at is all that helps.
  throw passRefused(who, answer, { sentence, mend: checks.length > 0 ? checks.join(' ') : mend })
}
