/** Invitations to an organization: ours, for Pulumi's go by its service's accounts. Owns: paths and shapes. */
import { type Static, Type } from 'typebox'
import { MemberRole } from './organizations.ts'

export const INVITATIONS_PATH = '/api/daypass/orgs/:organization/invitations'
export const INVITATION_PATH = `${INVITATIONS_PATH}/:id`

export const CreateInvitationRequest = Type.Object(
  {
    login: Type.String({ description: 'What the person will be called; nobody is so far.' }),
    role: Type.Optional(Type.Union([MemberRole, Type.Null()], { description: 'Absent: member.' })),
    name: Type.Optional(Type.Union([Type.String({ maxLength: 200 }), Type.Null()])),
    email: Type.Optional(Type.Union([Type.String({ maxLength: 254 }), Type.Null()])),
  },
  { title: 'CreateInvitationRequest', additionalProperties: false },
)
export type CreateInvitationRequest = Static<typeof CreateInvitationRequest>

const Invitation = Type.Object(
  {
    id: Type.String(),
    login: Type.String(),
    name: Type.String(),
    email: Type.String(),
    role: MemberRole,
    created: Type.String(),
    createdBy: Type.String(),
    expires: Type.String(),
  },
  { title: 'Invitation' },
)
export type Invitation = Static<typeof Invitation>

export const MadeInvitation = Type.Object(
  {
    id: Type.String(),
    login: Type.String(),
    role: MemberRole,
    url: Type.String({
      description: 'To be given to the person alone. Shown this once, and good for one use.',
    }),
    expires: Type.String(),
  },
  { title: 'MadeInvitation' },
)
export type MadeInvitation = Static<typeof MadeInvitation>

export const ListInvitationsResponse = Type.Object(
  { invitations: Type.Array(Invitation) },
  { title: 'ListInvitationsResponse' },
)
