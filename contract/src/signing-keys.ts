/**
 * The keys that sign, as `/api/daypass/issuer/keys` shows them; Pulumi has nothing of the kind.
 *
 * Owns: paths and answered shapes. Does not own: the life of a key (server/issuer). No key, wrapped or not, is in them.
 */
import { type Static, Type } from 'typebox'
import { PublicationStatus } from './issuer-publication.ts'

export const SIGNING_KEYS_PATH = '/api/daypass/issuer/keys'
export const ROTATE_SIGNING_KEYS_PATH = `${SIGNING_KEYS_PATH}/rotate`
export const REVOKE_SIGNING_KEY_PATH = `${SIGNING_KEYS_PATH}/:kid/revoke`

/** Who has the private part: the server's database, sealed, or a PKCS #11 token. */
const KeyHolder = Type.Union([Type.Literal('database'), Type.Literal('pkcs11')])

const Time = Type.String({ format: 'date-time' })

export const SigningKeyDescription = Type.Object({
  /** JWK thumbprint (RFC 7638), the `kid` of the tokens that it signs. */
  kid: Type.String(),
  /**
   * `next` and `superseded` ones are published and do not sign; `retired` ones are not published; `unpublished` ones were
   * not seen yet at the mirror where keys are published, and wait for that.
   */
  state: Type.Union([
    Type.Literal('unpublished'),
    Type.Literal('next'),
    Type.Literal('signing'),
    Type.Literal('superseded'),
    Type.Literal('retired'),
  ]),
  /** Absent: it is retired, and its private part destroyed. */
  heldBy: Type.Optional(KeyHolder),
  /** When it was made, which is when this server began to publish it. */
  publishedAt: Time,
  /** Absent while it is not known: it was not seen yet where keys are published. */
  signsFrom: Type.Optional(Time),
  /** When the schedule lets the next key sign; of the signing one, if there is a schedule. */
  followedAt: Type.Optional(Time),
  /** When the last token that it signed is dead; of superseded ones. */
  retiresAt: Type.Optional(Time),
  retiredAt: Type.Optional(Time),
  retiredBecause: Type.Optional(Type.Union([Type.Literal('superseded'), Type.Literal('revoked')])),
})

export const SigningKeyStatus = Type.Object(
  {
    /** What time it is for the server's database, by which all the times below are meant. */
    at: Time,
    /** Seconds that a relying party may keep what it fetched. */
    maxAgeSeconds: Type.Integer(),
    /** Seconds from the publication of a key until it signs. */
    leadSeconds: Type.Integer(),
    /** Where the server publishes at a mirror. */
    publication: Type.Optional(PublicationStatus),
    /** Who makes and holds the next ones. */
    newKeysHeldBy: KeyHolder,
    /** In the order in which they sign. */
    keys: Type.Array(SigningKeyDescription),
  },
  { description: 'All keys there ever were.' },
)
export type SigningKeyStatus = Static<typeof SigningKeyStatus>
