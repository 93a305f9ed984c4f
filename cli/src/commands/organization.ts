/** `daypass org create`: what an administrator of the installation makes once. */
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import type { Surroundings } from '../failed-command.ts'
import { addServerCommand } from '../server-command.ts'

const MadeOrganization = Type.Object({
  id: Type.String(),
  name: Type.String(),
  admin: Type.String(),
  adminToken: Type.Optional(
    Type.Object(
      { id: Type.String(), tokenValue: Type.String() },
      { description: 'Of an admin who was made with it: shown this once.' },
    ),
  ),
})

export function addOrganizationCommands(program: Command, surroundings: Surroundings): void {
  const organization = program.command('org').description('organizations')
  addServerCommand(organization, surroundings, {
    name: 'create',
    summary: 'make an organization; its name is also the audience of its tokens',
    arguments: [new Argument('<name>', 'lower case, 3 to 40 characters')],
    options: [
      new Option('--admin <login>', 'its first admin: an existing login, or a new one (default: you)'),
    ],
    example: 'daypass org create acme --admin alice',
    answer: MadeOrganization,
    run: (session, { admin }: { readonly admin?: string }, name) =>
      session.call('POST', '/api/daypass/orgs', { name, ...(admin === undefined ? {} : { admin }) }),
    show: ({ name, admin, adminToken }) =>
      [
        `Made the organization ${name}; its admin is ${admin}.`,
        ...(adminToken ? [`The access token of ${admin}, shown this once:`, '', adminToken.tokenValue] : []),
      ].join('\n'),
  })
}
