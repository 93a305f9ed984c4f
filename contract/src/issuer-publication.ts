/**
 * The publication of discovery and keys at a mirror, as `/api/daypass/issuer/publication` shows it; Pulumi has nothing of
 * the kind.
 *
 * Owns: path and answered shapes. Does not own: how a mirror is written (server/mirror).
 */
import { type Static, Type } from 'typebox'

export const ISSUER_PUBLICATION_PATH = '/api/daypass/issuer/publication'

const Time = Type.String({ format: 'date-time' })

export const PublicationStatus = Type.Object({
  /** Where the server publishes, without its options. */
  target: Type.String(),
  /** `never`: our documents were not seen there yet; `failing`: the last attempt failed, so no key begins to sign. */
  state: Type.Union([Type.Literal('never'), Type.Literal('published'), Type.Literal('failing')]),
  /** When what stands there was seen there first, and last. */
  publishedAt: Type.Optional(Time),
  seenAt: Type.Optional(Time),
  /** By what: the issuer's URL, as a relying party reads it, or the target alone, where that URL is out of reach. */
  seenBy: Type.Optional(Type.Union([Type.Literal('issuer-url'), Type.Literal('target')])),
  failingSince: Type.Optional(Time),
  failure: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  nextLookAt: Type.Optional(Time),
})
export type PublicationStatus = Static<typeof PublicationStatus>

export const IssuerPublication = Type.Object(
  {
    /** `iss` of every token. */
    issuerUrl: Type.String(),
    /** What must stand below it, in the order in which it is to be written. */
    documents: Type.Array(
      Type.Object({
        /** Below the issuer's URL. */
        path: Type.String(),
        contentType: Type.String(),
        cacheControl: Type.String(),
        /** Byte for byte, in UTF-8. */
        body: Type.String(),
      }),
    ),
    /** Absent: this server publishes nowhere but itself. */
    publication: Type.Optional(PublicationStatus),
  },
  { description: 'The documents that relying parties read, and what came of publishing them at a mirror.' },
)
export type IssuerPublication = Static<typeof IssuerPublication>
