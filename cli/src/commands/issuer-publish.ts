/** `daypass issuer publish`: discovery and keys at a mirror, by the server or by hand. */
import { resolve } from 'node:path'
import { ISSUER_PUBLICATION_PATH, IssuerPublication } from '@daypass/contract/issuer-publication.ts'
import { type Command, Option } from 'commander'
import { completes } from '../completion/values.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { byHandSteps, documentsText, publicationFailure, publicationText } from '../issuer-publish/show.ts'
import { writeFolder } from '../issuer-publish/write-folder.ts'
import { say } from '../output.ts'
import { addServerCommand } from '../server-command.ts'

interface PublishFlags {
  readonly folder?: string
  readonly print?: boolean
}

export function addPublishCommand(issuer: Command, surroundings: Surroundings): void {
  addServerCommand(issuer, surroundings, {
    name: 'publish',
    summary:
      'publish discovery and keys at the mirror of --publish-keys-to now, or give them out to do it by hand',
    options: [
      completes(
        new Option('--folder <path>', 'write the two documents there, on this machine, instead'),
        'folder',
      ),
      new Option('--print', 'print them instead, with what to say of each where it is uploaded').conflicts(
        'folder',
      ),
    ],
    example:
      'daypass issuer publish\ndaypass issuer publish --folder /srv/www/oidc\ndaypass issuer publish --print',
    answer: IssuerPublication,
    run: async (session, { folder, print }: PublishFlags) => {
      if (folder === '') throw new FailedCommand('--folder needs the path of a folder.', EXIT.misused)
      if (folder === undefined && !print) return session.call('POST', ISSUER_PUBLICATION_PATH)
      const answer = await session.read(IssuerPublication, 'GET', ISSUER_PUBLICATION_PATH)
      if (folder !== undefined)
        for (const file of await writeFolder(resolve(surroundings.folder, folder), answer.documents))
          say(`Wrote ${file}`)
      for (const step of byHandSteps(answer)) say(step)
      return answer
    },
    show: (answer, { folder, print }) => {
      if (print) return documentsText(answer)
      return folder === undefined && answer.publication ? publicationText(answer.publication) : ''
    },
    failure: (answer, { folder, print }) =>
      folder === undefined && !print ? publicationFailure(answer.publication) : undefined,
  })
}
