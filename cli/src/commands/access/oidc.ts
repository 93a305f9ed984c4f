/** `daypass oidc`: whose tokens let CI systems in, and what they are worth (docs/inbound-oidc.md). */
import {
  AUTH_POLICIES_PATH,
  AuthPolicy,
  ISSUER_PATH,
  ISSUERS_PATH,
  ListIssuersResponse,
  OidcIssuer,
} from '@daypass/contract/oidc-login.ts'
import { Argument, type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { completes, type ListNames } from '../../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import { parseDurationSeconds } from '../../duration.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { readGivenJson } from '../../input-file.ts'
import { plainTime, record, table } from '../../output.ts'
import { addServerCommand, organizationOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import type { Session } from '../../session.ts'

export function addOidcCommands(program: Command, surroundings: Surroundings): void {
  const oidc = program
    .command('oidc')
    .description('logins of CI systems with tokens of other issuers, and what those are worth')
  addIssuerCommands(oidc.command('issuer').description('whose tokens are looked at'), surroundings)
  addPolicyCommands(oidc.command('policy').description('what an issuer’s tokens are worth'), surroundings)
}

function addIssuerCommands(issuer: Command, surroundings: Surroundings): void {
  addServerCommand(issuer, surroundings, {
    name: 'list',
    summary: 'list the registered issuers of an organization',
    options: [organizationOption()],
    example: 'daypass oidc issuer list --org acme',
    answer: ListIssuersResponse,
    run: readIssuers,
    show: ({ oidcIssuers }) =>
      table(
        oidcIssuers,
        {
          NAME: ({ name }) => name,
          ISSUER: (one) => one.issuer,
          'LONGEST TOKEN': ({ maxExpiration }) => maxExpiration && `${maxExpiration} s`,
          'LAST USED': ({ lastUsed }) => plainTime(lastUsed),
        },
        'No issuers. Register one with `daypass oidc issuer register`.',
      ),
  })

  addServerCommand(issuer, surroundings, {
    name: 'register',
    summary: 'let an issuer’s tokens be looked at; until it has a policy they are worth nothing',
    arguments: [
      new Argument('<name>', 'letters, digits, "_", "." and "-"'),
      new Argument('<url>', 'the issuer, such as https://token.actions.githubusercontent.com'),
    ],
    options: [
      organizationOption(),
      new Option('--longest <time>', 'that a token may live, such as 2h (default: 25h)').argParser(
        parseDurationSeconds,
      ),
      completes(
        new Option('--jwks-file <file>', 'JSON with its public keys, for an issuer that cannot be reached'),
        'file',
      ),
    ],
    example:
      'daypass oidc issuer register github https://token.actions.githubusercontent.com --org acme --longest 2h',
    answer: OidcIssuer,
    run: async (session, options: { longest?: number; jwksFile?: string }, name, url) => {
      const { longest, jwksFile } = options
      const jwks = jwksFile && (await readGivenJson(jwksFile, 'the key set', surroundings))
      const path = pathTo(ISSUERS_PATH, { organization: await session.organization() })
      return session.call('POST', path, { name, url, maxExpiration: longest, jwks })
    },
    show: (made) =>
      `${showIssuer(made)}\n\nSay what its tokens are worth: daypass oidc policy set ${made.name}`,
  })

  addServerCommand(issuer, surroundings, {
    name: 'delete',
    summary: 'take an issuer out: all tokens that it brought are good no more',
    arguments: [issuerArgument()],
    options: [organizationOption(), yesOption()],
    example: 'daypass oidc issuer delete github --org acme --yes',
    answer: Type.Object({ deleted: Type.String() }),
    run: async (session, options: ConfirmOptions, given) => {
      const { id, name } = await findIssuer(session, given)
      await confirm(`take out the issuer ${name} and all tokens that it brought`, options, surroundings)
      const organization = await session.organization()
      await session.call('DELETE', pathTo(ISSUER_PATH, { organization, issuerId: id }))
      return { deleted: name }
    },
    show: ({ deleted }) => `Took out the issuer ${deleted}.`,
  })
}

function addPolicyCommands(policy: Command, surroundings: Surroundings): void {
  addServerCommand(policy, surroundings, {
    name: 'show',
    summary: 'show the policies of an issuer; --json is what `set` takes',
    arguments: [issuerArgument()],
    options: [organizationOption()],
    example: 'daypass oidc policy show github --org acme --json > policies.json',
    answer: AuthPolicy,
    run: readPolicies,
    show: showPolicies,
  })

  addServerCommand(policy, surroundings, {
    name: 'set',
    summary: 'replace all policies of an issuer',
    arguments: [
      issuerArgument(),
      completes(
        new Argument('<file>', 'JSON {"policies": […]}, as in docs/inbound-oidc.md; - for standard input'),
        'file',
      ),
    ],
    options: [organizationOption()],
    example: 'daypass oidc policy set github policies.json --org acme',
    answer: AuthPolicy,
    run: async (session, options: object, given, file = '') => {
      const { policies } = (await readGivenJson(file, 'the policies', surroundings)) as { policies?: unknown }
      if (policies === undefined)
        throw new FailedCommand('the file has no "policies": {"policies": […]}.', EXIT.misused)
      const { id } = await readPolicies(session, options, given)
      const organization = await session.organization()
      return session.call('PATCH', pathTo(`${AUTH_POLICIES_PATH}/:id`, { organization, id }), { policies })
    },
    show: showPolicies,
  })
}

async function readIssuers(session: Session) {
  const path = pathTo(ISSUERS_PATH, { organization: await session.organization() })
  return session.read(ListIssuersResponse, 'GET', path)
}

const issuerNames: ListNames = async (session) =>
  (await readIssuers(session)).oidcIssuers.map(({ name, issuer }) => ({ value: name, about: issuer }))

function issuerArgument(): Argument {
  return completes(new Argument('<issuer>', 'its name or id'), issuerNames)
}

async function findIssuer(session: Session, given = ''): Promise<Static<typeof OidcIssuer>> {
  const { oidcIssuers } = await readIssuers(session)
  const found = oidcIssuers.find(({ name, id }) => name === given || id === given)
  if (found) return found
  const known = oidcIssuers.map(({ name }) => name).join(', ') || 'none'
  throw new FailedCommand(`there is no issuer "${given}"; registered are: ${known}.`, EXIT.notFound)
}

async function readPolicies(session: Session, _options: object, given?: string) {
  const { id: issuerId } = await findIssuer(session, given)
  const organization = await session.organization()
  const path = pathTo(`${AUTH_POLICIES_PATH}/oidcissuers/:issuerId`, { organization, issuerId })
  return session.read(AuthPolicy, 'GET', path)
}

function showIssuer({ name, id, issuer, maxExpiration, lastUsed }: Static<typeof OidcIssuer>): string {
  return record({
    name,
    id,
    issuer,
    'longest token': maxExpiration && `${maxExpiration} s`,
    'last used': plainTime(lastUsed),
  })
}

function showPolicies({ policies }: Static<typeof AuthPolicy>): string {
  return table(
    policies,
    {
      DECISION: ({ decision }) => decision,
      TOKEN: ({ tokenType }) => tokenType,
      FOR: ({ teamName, userLogin, runnerID }) => teamName || userLogin || runnerID || '',
      PERMISSIONS: ({ authorizedPermissions }) => (authorizedPermissions ?? []).join(', '),
      RULES: ({ rules }) => JSON.stringify(rules ?? {}),
    },
    'No policies: its tokens are worth nothing.',
  )
}
