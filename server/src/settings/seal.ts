/**
 * Secrets of settings, at rest. Environment variables have the purpose `env`, git credentials `git`, a registry's
 * password `registry`; a ciphertext is taken back only where it opens for this stack and that purpose.
 *
 * Git and registry credentials carry, inside the seal, the origin they were saved for. Whoever may write a stack may
 * send its ciphertexts back beside another repository; they are then dropped, never sent to the new host.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Queryable } from '../db/database.ts'
import type { Purpose, StackSecrets } from '../secrets/stack-secrets.ts'
import { originOf, registryOf } from './repository-url.ts'
import type {
  DraftSettings,
  DraftValue,
  ExecutorImage,
  GitAuth,
  StoredSettings,
  StoredValue,
} from './settings.ts'

export interface Sealed {
  readonly settings: StoredSettings
  /** Sentences about what was dropped, for the caller and for the deployment's log. */
  readonly notes: readonly string[]
}

export interface SealContext {
  readonly secrets: StackSecrets
  readonly tx: Queryable
  readonly stackId: string
}

export async function sealSettings(context: SealContext, draft: DraftSettings): Promise<Sealed | Refusal> {
  const environment = await sealValues(context, 'env', ENVIRONMENT_PATH, environmentOf(draft))
  if ('reason' in environment) return environment
  const { git, template } = draft.sourceContext ?? {}
  const gitAuth = await sealGitAuth(context, 'git', git?.gitAuth, git?.repoUrl)
  if ('reason' in gitAuth) return gitAuth
  const templateAuth = await sealGitAuth(context, 'template', template?.gitAuth, template?.sourceUrl)
  if ('reason' in templateAuth) return templateAuth
  const image = await sealImage(context, draft.executorContext?.executorImage)
  if ('reason' in image) return image
  const { sourceContext: _source, operationContext, executorContext, ...rest } = draft
  const { environmentVariables: _variables, ...operation } = operationContext ?? {}
  const { executorImage: _image, ...executor } = executorContext ?? {}
  const settings = {
    ...rest,
    ...whenFilled('sourceContext', {
      ...whenFilled('git', withAuth(git, gitAuth.value)),
      ...whenFilled('template', withAuth(template, templateAuth.value)),
    }),
    ...whenFilled('operationContext', {
      ...operation,
      ...whenFilled('environmentVariables', environment.value),
    }),
    ...whenFilled('executorContext', { ...executor, ...whenFilled('executorImage', image.value) }),
  }
  const notes = [...gitAuth.notes, ...templateAuth.notes, ...image.notes]
  return { settings: settings as StoredSettings, notes }
}

function withAuth(source: { readonly gitAuth?: unknown } | undefined, sealed: GitAuth<StoredValue>): object {
  const { gitAuth: _draft, ...rest } = source ?? {}
  return { ...rest, ...whenFilled('gitAuth', sealed) }
}

const ENVIRONMENT_PATH = 'operationContext.environmentVariables'
const IMAGE_PATH = 'executorContext.executorImage.credentials'

type Values = Readonly<Record<string, DraftValue>>
type StoredValues = Readonly<Record<string, StoredValue>>

function environmentOf(draft: DraftSettings): Values {
  return draft.operationContext?.environmentVariables ?? {}
}

/** Seals what is in clear and proves that each ciphertext is ours. */
async function sealValues(
  { secrets, tx, stackId }: SealContext,
  purpose: Purpose,
  path: string,
  values: Values,
): Promise<{ readonly value: StoredValues } | Refusal> {
  const entries = Object.entries(values)
  const clear = entries.flatMap(([name, one]) => (isClear(one) ? [[name, one.secret] as const] : []))
  const kept = entries.flatMap(([name, one]) => (isSealed(one) ? [[name, one.ciphertext] as const] : []))
  if (kept.length > 0) {
    const opened = await secrets.openAll(
      tx,
      stackId,
      purpose,
      kept.map(([, sealed]) => fromBase64(sealed)),
    )
    const foreign = opened.indexOf(undefined)
    if (foreign >= 0) return notOurs(`${path}.${kept[foreign]?.[0]}`)
  }
  const sealed =
    clear.length === 0
      ? []
      : await secrets.sealAll(
          tx,
          stackId,
          purpose,
          clear.map(([, secret]) => Buffer.from(secret)),
        )
  const made = new Map(clear.map(([name], index) => [name, ciphertextOf(sealed[index])] as const))
  return {
    value: Object.fromEntries(
      entries.map(([name, one]) => [name, isClear(one) ? (made.get(name) ?? '') : one]),
    ),
  }
}

/** Each way to log in to git, whole: one whose credentials belong to another origin is dropped. */
async function sealGitAuth(
  context: SealContext,
  source: 'git' | 'template',
  gitAuth: GitAuth<DraftValue> | undefined,
  url: string | undefined,
): Promise<{ readonly value: GitAuth<StoredValue>; readonly notes: readonly string[] } | Refusal> {
  const path = `sourceContext.${source}.gitAuth`
  const origin = url === undefined ? '' : (originOf(url) ?? '')
  const { accessToken, sshAuth, basicAuth } = gitAuth ?? {}
  const dropped = new Set<string>()
  const keep = async (way: string, values: Values | undefined): Promise<StoredValues | Refusal> => {
    if (values === undefined) return {}
    const sealed = await sealBound(context, 'git', `${path}${way}`, values, origin)
    if ('reason' in sealed) return sealed
    for (const other of sealed.otherOrigins) dropped.add(other)
    return sealed.value ?? {}
  }
  const token = await keep('', accessToken === undefined ? undefined : { accessToken })
  if (isRefusal(token)) return token
  const ssh = await keep('.sshAuth', sshAuth)
  if (isRefusal(ssh)) return ssh
  // Username without password is legal: some hosts take a token as the name.
  const basic = await keep(
    '.basicAuth',
    basicAuth && { ...basicAuth, password: basicAuth.password ?? { secret: '' } },
  )
  if (isRefusal(basic)) return basic
  const value = { ...token, ...whenFilled('sshAuth', ssh), ...whenFilled('basicAuth', basic) }
  const now = origin === '' ? 'there is no repository URL any more' : `the repository is now at ${origin}`
  const notes = [...dropped].map(
    (other) =>
      `The saved git credentials belong to ${other || 'no repository'} and ${now}, so they were dropped. Send credentials for the new repository in ${path} if it needs some.`,
  )
  return { value: value as GitAuth<StoredValue>, notes }
}

async function sealImage(
  context: SealContext,
  image: ExecutorImage<DraftValue> | undefined,
): Promise<
  { readonly value: Partial<ExecutorImage<StoredValue>>; readonly notes: readonly string[] } | Refusal
> {
  if (image === undefined) return { value: {}, notes: [] }
  const { reference, credentials } = image
  if (credentials === undefined) return { value: { reference }, notes: [] }
  const registry = registryOf(reference)
  const { username, password } = credentials
  const sealed = await sealBound(context, 'registry', IMAGE_PATH, { password }, registry)
  if ('reason' in sealed) return sealed
  const [other] = sealed.otherOrigins
  const kept = sealed.value?.['password']
  if (other === undefined && kept !== undefined) {
    return { value: { reference, credentials: { username, password: kept } }, notes: [] }
  }
  const note = `The saved registry credentials belong to ${other} and the image now comes from ${registry}, so they were dropped.`
  return { value: { reference }, notes: [note] }
}

/** Values that belong to one origin; `value` is undefined when one of them belongs to another. */
async function sealBound(
  context: SealContext,
  purpose: 'git' | 'registry',
  path: string,
  values: Values,
  origin: string,
): Promise<{ readonly value: StoredValues | undefined; readonly otherOrigins: readonly string[] } | Refusal> {
  const otherOrigins: string[] = []
  for (const [name, one] of Object.entries(values)) {
    if (!isSealed(one)) continue
    const opened = await openBound(context, purpose, one.ciphertext)
    if (opened === undefined) return notOurs(`${path}.${name}`)
    if (opened.origin !== origin) otherOrigins.push(opened.origin)
  }
  if (otherOrigins.length > 0) return { value: undefined, otherOrigins }
  const bound = Object.entries(values).map(([name, one]) =>
    isClear(one) ? [name, { secret: JSON.stringify({ origin, value: one.secret }) }] : [name, one],
  )
  const sealed = await sealValues(context, purpose, path, Object.fromEntries(bound))
  return 'reason' in sealed ? sealed : { value: sealed.value, otherOrigins }
}

/** A git or registry credential with the origin it was saved for; undefined when it does not open here. */
export async function openBound(
  { secrets, tx, stackId }: SealContext,
  purpose: 'git' | 'registry',
  ciphertext: string,
): Promise<{ readonly origin: string; readonly value: string } | undefined> {
  const opened = await secrets.open(tx, stackId, purpose, fromBase64(ciphertext))
  // We made it ourselves, above, or it would not have opened.
  return opened === undefined
    ? undefined
    : (JSON.parse(opened.toString()) as { origin: string; value: string })
}

/** Every environment variable in clear, for the job's spec. Undefined when one does not open. */
export async function openEnvironment(
  { secrets, tx, stackId }: SealContext,
  settings: StoredSettings,
): Promise<readonly { name: string; value: string; secret: boolean }[] | undefined> {
  const entries = Object.entries(settings.operationContext?.environmentVariables ?? {})
  const sealed = entries.flatMap(([, one]) => (typeof one === 'string' ? [] : [fromBase64(one.ciphertext)]))
  const opened = sealed.length === 0 ? [] : await secrets.openAll(tx, stackId, 'env', sealed)
  if (opened.includes(undefined)) return undefined
  const values = opened.values()
  return entries.map(([name, one]) =>
    typeof one === 'string'
      ? { name, value: one, secret: false }
      : { name, value: String(values.next().value), secret: true },
  )
}

/** One value for an environment variable, outside of any settings. */
export async function sealOne(context: SealContext, value: DraftValue): Promise<StoredValue | Refusal> {
  const sealed = await sealValues(context, 'env', 'The body', { ciphertext: value })
  if ('reason' in sealed) return sealed as Refusal
  return sealed.value['ciphertext'] ?? ''
}

export function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64')
}

function ciphertextOf(sealed: Buffer | undefined): StoredValue {
  if (sealed === undefined) throw new Error('A secret was not sealed.')
  return { ciphertext: sealed.toString('base64') }
}

function isClear(value: DraftValue): value is { readonly secret: string } {
  return typeof value === 'object' && 'secret' in value
}

function isSealed(value: DraftValue): value is { readonly ciphertext: string } {
  return typeof value === 'object' && 'ciphertext' in value
}

function isRefusal(value: StoredValues | Refusal): value is Refusal {
  return 'reason' in value && 'status' in value && typeof value.status === 'number'
}

function notOurs(path: string): Refusal {
  return {
    status: 400,
    reason: 'ciphertext_not_ours',
    message: `${path} is a ciphertext that was not made for this field of this stack; send the value as {"secret": "…"}.`,
  }
}

/** `{[name]: block}`, or nothing when the block is empty. */
function whenFilled<Name extends string, Block extends object>(
  name: Name,
  block: Block,
): { readonly [key in Name]?: Block } {
  return Object.keys(block).length === 0 ? {} : ({ [name]: block } as { readonly [key in Name]: Block })
}
