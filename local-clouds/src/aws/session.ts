/**
 * Temporary credentials: an access key that begins with ASIA, its secret, and a session token that holds the session.
 *
 * Owns how they are made and opened. The session stands in its token, sealed with AES-256-GCM, so that nothing needs
 * to be stored and an altered token is refused; the secret is an HMAC of the token, so that it is stored nowhere.
 * The keys are new with each start: no credential survives the program.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'

export interface AwsSession {
  readonly accessKeyId: string
  readonly roleArn: string
  /** `AROA…`: the role's unique id. */
  readonly roleId: string
  readonly sessionName: string
  /** The subject of the token that it was got with. */
  readonly subject: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  /** Session policies, kept for whatever will enforce them. */
  readonly policyArns: readonly string[]
  readonly policy: string | undefined
}

export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: Date
}

export interface Sessions {
  readonly issue: (session: Omit<AwsSession, 'accessKeyId'>) => AwsCredentials
  /** Undefined for whatever this very program did not issue, to the last character. Expiry is the caller's to check. */
  readonly open: (sessionToken: string) => AwsSession | undefined
  readonly secretOf: (sessionToken: string) => string
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export function makeSessions(randomBytes: (count: number) => Uint8Array): Sessions {
  const root = randomBytes(32)
  const sealing = Buffer.from(hkdfSync('sha256', root, '', 'local-aws session token', 32))
  const signing = Buffer.from(hkdfSync('sha256', root, '', 'local-aws secret access key', 32))
  // 30 bytes are exactly the 40 characters of an AWS secret.
  const secretOf = (sessionToken: string) =>
    createHmac('sha256', signing).update(sessionToken).digest().subarray(0, 30).toString('base64')

  return {
    secretOf,
    issue(session) {
      const accessKeyId = `ASIA${base32(randomBytes(16))}`
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG_BYTES })
      const text = cipher.update(JSON.stringify({ ...session, accessKeyId }), 'utf8')
      const sessionToken = Buffer.concat([nonce, text, cipher.final(), cipher.getAuthTag()]).toString(
        'base64',
      )
      return {
        accessKeyId,
        secretAccessKey: secretOf(sessionToken),
        sessionToken,
        expiresAt: session.expiresAt,
      }
    },
    open(sessionToken) {
      const sealed = Buffer.from(sessionToken, 'base64')
      // Base64 has several spellings for the same bytes; only ours is genuine.
      if (sealed.length < NONCE_BYTES + TAG_BYTES || sealed.toString('base64') !== sessionToken)
        return undefined
      const nonce = sealed.subarray(0, NONCE_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG_BYTES })
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
      try {
        const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
        return revive(Buffer.concat([text, decipher.final()]).toString('utf8'))
      } catch {
        return undefined
      }
    },
  }
}

/** What we sealed ourselves, so its form is known. */
function revive(text: string): AwsSession {
  const session = JSON.parse(text) as AwsSession & { issuedAt: string; expiresAt: string }
  return { ...session, issuedAt: new Date(session.issuedAt), expiresAt: new Date(session.expiresAt) }
}

/** One character a byte, from AWS's own alphabet. */
export function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => BASE32.charAt(byte % 32)).join('')
}
