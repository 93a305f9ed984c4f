/** Who asks the local GitHub: an App by its JWT, an installation by a token of an hour, or a person. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { jwtVerify } from 'jose'
import type { Permissions } from './permissions.ts'

export interface AppRegistration {
  readonly id: string
  readonly slug: string
  /** PEM. */
  readonly privateKey: string
  /** Those of its manifest, once it was made by one. */
  permissions: Permissions
  events: readonly string[]
  /** `owner/name`, of one installation on all of them. */
  readonly repositories: Set<string>
}

export const INSTALLATION_ID = 4711

export type Caller =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'app' }
  | { readonly kind: 'person'; readonly login: string }
  | {
      readonly kind: 'installation'
      readonly permissions: Permissions
      readonly repositories: readonly string[]
    }

export interface Callers {
  readonly app: AppRegistration
  readonly makeToken: (login: string) => string
  /** Undefined: the credential is not taken. */
  readonly callerOf: (authorization: string | undefined) => Promise<Caller | undefined>
  /** A sentence where GitHub would refuse. */
  readonly installationToken: (body: {
    readonly repositories?: readonly string[]
    readonly permissions?: Permissions
  }) => { readonly token: string; readonly expires_at: string; readonly permissions: Permissions } | string
  /** As user name and password of git. */
  readonly gitCaller: (basic: string | undefined) => Caller
}

export function callersOf(given: {
  readonly permissions: Permissions
  readonly events: readonly string[]
  readonly now: () => Date
}): Callers {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const app: AppRegistration = {
    id: '123456',
    slug: 'acme-daypass',
    privateKey,
    permissions: given.permissions,
    events: given.events,
    repositories: new Set(),
  }
  const known = new Map<string, { readonly caller: Caller; readonly endsAt: number }>()

  const byToken = (token: string): Caller | undefined => {
    const found = known.get(token)
    return found !== undefined && found.endsAt > given.now().getTime() ? found.caller : undefined
  }

  return {
    app,
    makeToken(login) {
      const token = `ghp_${randomBytes(18).toString('hex')}`
      known.set(token, { caller: { kind: 'person', login }, endsAt: Number.POSITIVE_INFINITY })
      return token
    },
    async callerOf(authorization) {
      if (authorization === undefined) return { kind: 'nobody' }
      const [, token] = /^Bearer (\S+)$/.exec(authorization) ?? []
      if (token === undefined) return undefined
      if (!token.startsWith('ey')) return byToken(token)
      return (await isJwtOf(app, token, given.now())) ? { kind: 'app' } : undefined
    },
    installationToken({ repositories, permissions }) {
      const of = [...app.repositories].filter(
        (name) => repositories === undefined || repositories.includes(name.split('/')[1] ?? ''),
      )
      if (of.length !== (repositories?.length ?? app.repositories.size))
        return 'There is at least one repository that does not exist or is not accessible to the parent installation.'
      const tooMuch = Object.entries(permissions ?? {}).find(
        ([name, level]) => app.permissions[name] !== 'write' && app.permissions[name] !== level,
      )
      if (tooMuch !== undefined) return 'The permissions requested are not granted to this installation.'
      const token = `ghs_${randomBytes(18).toString('hex')}`
      const granted = permissions ?? app.permissions
      const endsAt = given.now().getTime() + 3_600_000
      known.set(token, { caller: { kind: 'installation', permissions: granted, repositories: of }, endsAt })
      return { token, expires_at: new Date(endsAt).toISOString(), permissions: granted }
    },
    gitCaller(basic) {
      const [, encoded = ''] = /^Basic (\S+)$/.exec(basic ?? '') ?? []
      const [, password = ''] = Buffer.from(encoded, 'base64').toString().split(':')
      return byToken(password) ?? { kind: 'nobody' }
    },
  }
}

/** @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
async function isJwtOf(app: AppRegistration, token: string, now: Date): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(token, createPublicKey(app.privateKey), {
      algorithms: ['RS256'],
      issuer: app.id,
      currentDate: now,
      requiredClaims: ['iat', 'exp', 'iss'],
    })
    const { iat = 0, exp = 0 } = payload
    // No more than ten minutes ahead, and not made in the future.
    return exp - now.getTime() / 1000 <= 600 && iat <= now.getTime() / 1000
  } catch {
    return false
  }
}
