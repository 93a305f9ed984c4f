/**
 * AWS's credentials of further identities: a shared credentials file with a profile for each, which every SDK and tool of
 * AWS reads. Written when the first step begins that may have credentials, for the folder is seen by the steps before.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 */
import { join } from 'node:path'
import type { JobContext } from './context.ts'
import type { Environment } from './environment.ts'
import { writeForJob } from './identity.ts'

const PROFILES_FILE = 'aws-credentials'

export async function writeAwsProfiles({ findings, job }: JobContext): Promise<void> {
  if (findings.awsProfiles.size === 0) return
  const profiles = [...findings.awsProfiles].map(([name, { accessKeyId, secretAccessKey, sessionToken }]) =>
    [
      `[${name}]`,
      `aws_access_key_id = ${accessKeyId}`,
      `aws_secret_access_key = ${secretAccessKey}`,
      `aws_session_token = ${sessionToken}`,
      '',
    ].join('\n'),
  )
  await writeForJob(job, PROFILES_FILE, profiles.join('\n'))
}

export function awsProfileVariables({ findings, paths }: JobContext): Environment {
  return findings.awsProfiles.size === 0
    ? {}
    : { AWS_SHARED_CREDENTIALS_FILE: join(paths.identity, PROFILES_FILE) }
}
