/** `daypass issuer …`: the keys that sign, for an admin of the installation. */
import {
  REVOKE_SIGNING_KEY_PATH,
  ROTATE_SIGNING_KEYS_PATH,
  SIGNING_KEYS_PATH,
  SigningKeyStatus,
} from '@daypass/contract/signing-keys.ts'
import type { Command } from 'commander'
import { Check } from 'typebox/value'
import { callServer, type ServerOptions } from '../api.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { printJson, say, withServer } from '../server-command.ts'

export function addIssuerCommands(program: Command, surroundings: Surroundings): void {
  const issuer = program.command('issuer').description('the keys that sign the tokens of deployments')
  withServer(issuer.command('keys'))
    .description('list the keys: which one signs, which is next, and until when old ones are published')
    .action(async (options: ServerOptions) => {
      printJson(await ask('GET', SIGNING_KEYS_PATH, options))
    })
  withServer(issuer.command('rotate'))
    .description('publish the next key now; it signs when every relying party has had the time to fetch it')
    .action(async (options: ServerOptions) => {
      const status = await ask('POST', ROTATE_SIGNING_KEYS_PATH, options)
      const next = status.keys.find(({ state }) => state === 'next')
      if (next) say(`${next.kid} is published, and signs from ${next.signsFrom}.`)
      printJson(status)
    })
  withServer(issuer.command('revoke <kid>'))
    .description('in an emergency: take a key out of what is published, at once')
    .option('--yes', 'yes: running deployments may lose their credentials until clouds have fetched again')
    .action(async (kid: string, options: ServerOptions & { readonly yes?: boolean }) => {
      if (options.yes !== true) {
        throw new FailedCommand(
          'every token that this key signed is believed no more once relying parties have fetched again, and those of a new key not before. Say --yes to do it.',
          2,
        )
      }
      const path = REVOKE_SIGNING_KEY_PATH.replace(':kid', encodeURIComponent(kid))
      const status = await ask('POST', path, options)
      say(
        `${kid} is published no more. Relying parties that keep what they fetched may go on believing it for ${status.maxAgeSeconds} seconds.`,
      )
      printJson(status)
    })

  async function ask(
    method: 'GET' | 'POST',
    path: string,
    options: ServerOptions,
  ): Promise<SigningKeyStatus> {
    const answer = await callServer(method, path, undefined, options, surroundings)
    if (!Check(SigningKeyStatus, answer))
      throw new FailedCommand('the server answered something else than its keys.')
    return answer
  }
}
