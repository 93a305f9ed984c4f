/** `daypass issuer …`: the keys that sign, for an admin of the installation. */
import {
  REVOKE_SIGNING_KEY_PATH,
  ROTATE_SIGNING_KEYS_PATH,
  SIGNING_KEYS_PATH,
  SigningKeyStatus,
} from '@daypass/contract/signing-keys.ts'
import { Argument, type Command, Option } from 'commander'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { plainTime, say, table } from '../output.ts'
import { addServerCommand } from '../server-command.ts'
import { pathTo } from '../server-path.ts'

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
  addServerCommand(issuer, surroundings, {
    name: 'rotate',
    summary: 'publish the next key now; it signs when every relying party has had the time to fetch it',
    example: 'daypass issuer rotate',
    answer: SigningKeyStatus,
    run: async (session) => {
      const status = await session.read(SigningKeyStatus, 'POST', ROTATE_SIGNING_KEYS_PATH)
      const next = status.keys.find(({ state }) => state === 'next')
      if (next) say(`${next.kid} is published, and signs from ${next.signsFrom}.`)
      return status
    },
    show: keyTable,
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
      say(
        `${kid} is published no more. Relying parties that keep what they fetched may go on believing it for ${status.maxAgeSeconds} seconds.`,
      )
      return status
    },
    show: keyTable,
  })
}

function keyTable({ keys }: SigningKeyStatus): string {
  return table(
    keys,
    {
      KEY: ({ kid }) => kid,
      STATE: ({ state, retiredBecause }) => retiredBecause ?? state,
      PUBLISHED: ({ publishedAt }) => plainTime(publishedAt),
      'SIGNS FROM': ({ signsFrom }) => plainTime(signsFrom),
      'FOLLOWED AT': ({ followedAt }) => plainTime(followedAt),
      'RETIRES AT': ({ retiresAt, retiredAt }) => plainTime(retiredAt ?? retiresAt),
    },
    'There are no keys yet.',
  )
}
