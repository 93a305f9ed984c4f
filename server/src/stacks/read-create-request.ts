/** `POST /api/stacks/{organization}/{project}`: the body comes as bytes, for the state in it must survive as text. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { isRefusal } from '../refuse.ts'
import type { StackRequest } from './create.ts'
import { ProjectName, StackName, TagMap } from './names.ts'
import type { StateOfStacks } from './stack.ts'

const TeamNames = Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })

/** Members that we do not know are passed over: a newer CLI must still be able to make a stack. */
export async function readCreateRequest(
  { organization, project }: { readonly organization: string; readonly project: string },
  body: Buffer,
  { readMembers, readFirstState }: Pick<StateOfStacks, 'readMembers' | 'readFirstState'>,
): Promise<Omit<StackRequest, 'id'> | Refusal> {
  const given = readMembers(body, ['stackName', 'tags', 'teams', 'config'])
  if (!given) return malformed
  const stack = given.get('stackName')
  const teams = given.get('teams') ?? []
  const config = given.get('config')
  if (!Check(StackName, stack))
    return invalid('"stackName" must be 1 to 100 letters, digits, "_", "." or "-", and not "." or ".."')
  if (!Check(ProjectName, project))
    return invalid('the project must be 1 to 100 letters, digits, "_", "." or "-", and not "." or ".."')
  const tags = given.get('tags') ?? {}
  if (!Check(TagMap, tags))
    return invalid('"tags" must have names of 1 to 40 letters and values of at most 256')
  if (!Check(TeamNames, teams)) return invalid('"teams" must be a list of at most 100 names of teams')
  if (config !== undefined && config !== null) {
    return invalid('"config" is not offered: a stack\'s configuration lives in Pulumi.<stack>.yaml')
  }
  const state = await readFirstState(body)
  return isRefusal(state) ? state : { organization, project, stack, tags, teams, state }
}

const malformed: Refusal = {
  status: 400,
  reason: 'malformed_body',
  message: 'The body is not a JSON object with a "stackName".',
}

function invalid(what: string): Refusal {
  return { status: 400, reason: 'invalid_request', message: `Bad Request: ${what}.` }
}
