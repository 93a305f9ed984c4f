/** What a person is told of the publication at a mirror, and of a first one that is made by hand. */
import type { IssuerPublication, PublicationStatus } from '@daypass/contract/issuer-publication.ts'
import { plainTime, record } from '../output.ts'

export function publicationText(publication: PublicationStatus): string {
  const { target, state, publishedAt, seenAt, seenBy, failingSince, failure, nextLookAt } = publication
  return record({
    'PUBLISHED TO': target,
    STATE: state === 'failing' ? 'failing: no other key begins to sign' : state,
    'PUBLISHED AT': plainTime(publishedAt),
    'SEEN AT':
      seenAt && `${plainTime(seenAt)} (${seenBy === 'target' ? 'at the target' : "at the issuer's URL"})`,
    'FAILING SINCE': plainTime(failingSince),
    WHY: failure?.message,
    'NEXT LOOK': plainTime(nextLookAt),
  })
}

/** Why the command fails although it has an answer. */
export function publicationFailure(publication: PublicationStatus | undefined): string | undefined {
  if (publication?.state !== 'failing') return undefined
  return `The mirror ${publication.target} is not as it should be: ${publication.failure?.message ?? 'the last attempt failed.'}`
}

/** The two documents, each below what must be said of it where it is uploaded. */
export function documentsText({ issuerUrl, documents }: IssuerPublication): string {
  return documents
    .map(({ path, contentType, cacheControl, body }) =>
      [
        `# ${issuerUrl}${path}`,
        `# Content-Type: ${contentType}`,
        `# Cache-Control: ${cacheControl}`,
        body,
        '',
      ].join('\n'),
    )
    .join('\n')
}

/** What is left to do for whoever publishes by hand. */
export function byHandSteps({ issuerUrl, documents }: IssuerPublication): readonly string[] {
  return [
    'Upload them in this order, each byte for byte, without a line break at its end, readable for everybody:',
    ...documents.map(
      ({ path, contentType, cacheControl }, index) =>
        `  ${index + 1}. ${issuerUrl}${path}   (Content-Type: ${contentType}, Cache-Control: ${cacheControl})`,
    ),
    `Then look from outside: daypass issuer check ${issuerUrl}`,
  ]
}
