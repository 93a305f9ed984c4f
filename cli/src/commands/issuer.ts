/** `daypass issuer …`: the keys that sign, for an admin of the installation. */
import {
  REVOKE_SIGNING_KEY_PATH,
  ROTATE_SIGNING_KEYS_PATH,
  SIGNING_KEYS_PATH,
  SigningKeyStatus,
} from '@daypass/contract/signing-keys.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import type { ServerOptions } from '../api.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import type { ExpectedKeys } from '../issuer-check/finding.ts'
import { checkIssuer } from '../issuer-check/issuer-check.ts'
import { publicationFailure, publicationText } from '../issuer-publish/show.ts'
import { plainTime, printJson, printText, say, table } from '../output.ts'
import { addServerCommand, describe, withServer } from '../server-command.ts'
import { pathTo } from '../server-path.ts'
import { openSession } from '../session.ts'
import { addPublishCommand } from './issuer-publish.ts'

export function addIssuerCommands(program: Command, surroundings: Surroundings): void {
  const issuer = program.command('issuer').description('the keys that sign the tokens of deployments')
  addServerCommand(issuer, surroundings, {
    name: 'keys',
    summary: 'list the keys: which one signs, which is next, and until when old ones are published',
    example: 'daypass issuer keys',
    answer: SigningKeyStatus,
    run: (session) => session.call('GET', SIGNING_KEYS_PATH),
    show: keyTable,
  })
  addCheckCommand(issuer, surroundings)
  addPublishCommand(issuer, surroundings)
  addServerCommand(issuer, surroundings, {
    name: 'rotate',
    summary: 'publish the next key now; it signs when every relying party has had the time to fetch it',
    example: 'daypass issuer rotate',
    answer: SigningKeyStatus,
    run: async (session) => {
      const status = await session.read(SigningKeyStatus, 'POST', ROTATE_SIGNING_KEYS_PATH)
      const next = status.keys.find(({ state }) => state === 'next')
      const waiting = status.keys.find(({ state }) => state === 'unpublished')
      if (next) say(`${next.kid} is published, and signs from ${next.signsFrom}.`)
      if (waiting)
        say(
          `${waiting.kid} signs ${status.leadSeconds} seconds after it was seen at the mirror, which it was not yet.`,
        )
      return status
    },
    show: keyTable,
    failure: ({ publication }) => publicationFailure(publication),
  })
  addServerCommand(issuer, surroundings, {
    name: 'revoke',
    summary: 'in an emergency: take a key out of what is published, at once',
    arguments: [new Argument('<kid>', 'as `daypass issuer keys` shows it')],
    options: [
      new Option(
        '-y, --yes',
        'yes: running deployments may lose their credentials until clouds have fetched again',
      ),
    ],
    example: 'daypass issuer revoke NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs --yes',
    answer: SigningKeyStatus,
    run: async (session, { yes }: { readonly yes?: boolean }, kid = '') => {
      if (yes !== true) {
        throw new FailedCommand(
          'every token that this key signed is believed no more once relying parties have fetched again, and those of a new key not before. Say --yes to do it.',
          EXIT.misused,
        )
      }
      const status = await session.read(SigningKeyStatus, 'POST', pathTo(REVOKE_SIGNING_KEY_PATH, { kid }))
      if (status.publication?.state === 'failing') {
        say(
          `${kid} signs no more, BUT THE MIRROR STILL PUBLISHES IT: whoever has it is believed. Upload what \`daypass issuer publish --print\` shows, at once.`,
        )
        return status
      }
      say(
        `${kid} is published no more. Relying parties that keep what they fetched may go on believing it for ${status.maxAgeSeconds} seconds; some, such as Vault and OpenBao, until the first token of the next key reaches them.`,
      )
      return status
    },
    show: keyTable,
    failure: ({ publication }) => publicationFailure(publication),
  })
}

const Check = Type.Object({
  issuer: Type.String(),
  findings: Type.Array(
    Type.Object({
      check: Type.String(),
      verdict: Type.Union([Type.Literal('ok'), Type.Literal('warning'), Type.Literal('failed')]),
      sentence: Type.String(),
    }),
  ),
})

interface CheckFlags extends ServerOptions {
  readonly compare?: boolean
  readonly json?: boolean
}

/** Run from outside, by whoever is there: only the comparison needs the server and a token. */
function addCheckCommand(issuer: Command, surroundings: Surroundings): void {
  const command = issuer
    .command('check')
    .description('look at an issuer as clouds do, from where you are: run it outside of your network')
    .addArgument(new Argument('<url>', 'the issuer, as it stands in trust policies'))
    .option('--compare', 'ask the server too, whether the published keys are its own')
  withServer(command)
  describe(command, { example: 'daypass issuer check https://daypass.example.com/oidc', answer: Check })
  command.action(async (url: string, flags: CheckFlags) => {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new FailedCommand(`"${url}" is no address of an issuer: it begins with https://.`, EXIT.misused)
    const expected = flags.compare ? await ownKeys(flags, surroundings) : undefined
    const { fetch } = surroundings
    const monotonicMs = () => performance.now()
    const findings = await checkIssuer({ issuerUrl: url, expected, fetch, monotonicMs })
    if (flags.json) printJson({ issuer: url, findings })
    else
      printText(
        table(
          findings,
          {
            VERDICT: ({ verdict }) => verdict,
            CHECK: ({ check }) => check,
            WHAT: ({ sentence }) => sentence,
          },
          '',
        ),
      )
    const failed = findings.filter(({ verdict }) => verdict === 'failed').length
    if (failed > 0) throw new FailedCommand(`${failed} of ${findings.length} checks failed.`)
  })
}

async function ownKeys(flags: CheckFlags, surroundings: Surroundings): Promise<ExpectedKeys> {
  const session = await openSession(flags, surroundings)
  const { keys, leadSeconds } = await session.read(SigningKeyStatus, 'GET', SIGNING_KEYS_PATH)
  // One that was not seen at the mirror yet need not be there, and may be.
  const mayBe = keys.filter(({ state }) => state === 'unpublished').map(({ kid }) => kid)
  const mustBe = keys.filter(({ state }) => state !== 'retired' && state !== 'unpublished')
  return { kids: mustBe.map(({ kid }) => kid), mayBe, leadSeconds }
}

function keyTable({ keys, publication }: SigningKeyStatus): string {
  const listed = table(
    keys,
    {
      KEY: ({ kid }) => kid,
      STATE: ({ state, retiredBecause }) => retiredBecause ?? state,
      'HELD BY': ({ heldBy }) => heldBy ?? '-',
      PUBLISHED: ({ state, publishedAt }) => (state === 'unpublished' ? '' : plainTime(publishedAt)),
      'SIGNS FROM': ({ signsFrom }) => plainTime(signsFrom),
      'FOLLOWED AT': ({ followedAt }) => plainTime(followedAt),
      'RETIRES AT': ({ retiresAt, retiredAt }) => plainTime(retiredAt ?? retiresAt),
    },
    'There are no keys yet.',
  )
  return publication ? `${listed}\n\n${publicationText(publication)}` : listed
}
