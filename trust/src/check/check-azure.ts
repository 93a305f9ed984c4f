/** Checks the federated credentials of one application: each by itself, and how they stand together. */
import { type FederatedCredential, MOST_FEDERATED_CREDENTIALS } from '../azure/federated-credential.ts'
import { issuerDifference } from '../issuer-difference.ts'
import { OPERATIONS } from '../subject.ts'
import type { TrustFinding } from './finding.ts'
import { partsIn } from './named-deployment.ts'
import { checkSubjects } from './subjects.ts'

/** Undefined when none is of this issuer, or was meant to be. */
export function checkAzureCredentials(
  credentials: readonly FederatedCredential[],
  issuerUrl: string,
): readonly TrustFinding[] | undefined {
  const ours = credentials.filter(
    ({ issuer }) => issuer === issuerUrl || issuerDifference(issuer, issuerUrl) !== 'other_issuer',
  )
  if (ours.length === 0) return undefined
  return [
    ...ours.flatMap((credential) => checkOne(credential, credentials, issuerUrl)),
    ...roomIn(credentials),
  ]
}

/** Whether it fits anybody is asked of it alone; whom the application lets in beside, of all together. */
function checkOne(
  credential: FederatedCredential,
  all: readonly FederatedCredential[],
  issuerUrl: string,
): readonly TrustFinding[] {
  const input = {
    issuerUrl,
    where: 'The application',
    named: [partsIn(credential.subject)],
    alsoNamed: all.map(({ subject }) => partsIn(subject)),
    audiences: credential.audiences,
  }
  const alone = checkSubjects({
    ...input,
    arrangementFor: () => ({ cloud: 'azure', credentials: [credential] }),
  })
  if (alone.length > 0) return alone
  return checkSubjects({ ...input, arrangementFor: () => ({ cloud: 'azure', credentials: all }) })
}

function roomIn(credentials: readonly FederatedCredential[]): readonly TrustFinding[] {
  const left = MOST_FEDERATED_CREDENTIALS - credentials.length
  if (left >= OPERATIONS.length) return []
  return [
    {
      severity: 'notice',
      code: 'credentials_full',
      sentence: `The application has ${credentials.length} of ${MOST_FEDERATED_CREDENTIALS} federated credentials: no room for the six operations of another stack.`,
      mend: 'Give the next stack an application or a managed identity of its own.',
    },
  ]
}
