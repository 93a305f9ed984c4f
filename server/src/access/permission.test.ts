import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { StackPermission } from '@daypass/contract/organizations.ts'
import { describe, expect, test } from 'vitest'
import {
  canAdministerStack,
  canDeleteStack,
  canPreviewStack,
  canReadStack,
  canWriteStack,
  isOrganizationAdmin,
  membershipIn,
} from './permission.ts'
import { type DeploymentPrincipal, type Role, type UserPrincipal, visibleMemberships } from './principal.ts'

const own = { id: 'stack-1', organizationId: 'org-1' }
const sibling = { id: 'stack-2', organizationId: 'org-1' }
const foreign = { id: 'stack-3', organizationId: 'org-2' }

function member(
  organizationId: string,
  organization: string,
  role: Role,
  stackPermission: StackPermission = 102,
) {
  return { organizationId, organization, role, stackPermission, createsStacks: true, deletesStacks: true }
}

function user(role: Role | 'none', siteAdmin = false): UserPrincipal {
  const memberships = role === 'none' ? [] : [member('org-1', 'acme', role)]
  return { kind: 'user', userId: 'u', login: 'alice', name: 'Alice', email: '', siteAdmin, memberships }
}

function job(operation: Operation, requester = user('admin', true)): DeploymentPrincipal {
  return {
    kind: 'deployment',
    deploymentId: 'd',
    stackId: own.id,
    organizationId: own.organizationId,
    operation,
    fencing: 1,
    user: requester,
  }
}

test('members of an organization read and write its stacks and no others', () => {
  for (const role of ['admin', 'member'] as const) {
    for (const can of [canReadStack, canPreviewStack, canWriteStack]) {
      expect(can(user(role), own)).toBe(true)
      expect(can(user(role), foreign)).toBe(false)
    }
  }
})

test('a member may with a stack what is the most of what every member, a team and its creator may', () => {
  const levels = [0, 101, 102, 103] as const
  const can = [canReadStack, canWriteStack, canAdministerStack]
  for (const everybody of levels) {
    for (const grant of levels) {
      const someone = { ...user('none'), memberships: [member('org-1', 'acme', 'member', everybody)] }
      const most = Math.max(everybody, grant)
      expect(can.map((may) => may(someone, { ...own, grant }))).toEqual([
        most >= 101,
        most >= 102,
        most >= 103,
      ])
      expect(canPreviewStack(someone, { ...own, grant })).toBe(most >= 101)
      expect(canReadStack({ ...someone, memberships: [] }, { ...own, grant })).toBe(false)
    }
  }
  for (const may of can) {
    expect(may(user('billing-manager'), { ...own, grant: 103 })).toBe(false)
    expect(may(user('admin'), own)).toBe(true)
    expect(may(user('admin'), { ...foreign, grant: 103 })).toBe(false)
  }
})

test('a stack is deleted by those who administer it, unless the organization keeps that to its admins', () => {
  expect(canDeleteStack(user('member'), own)).toBe(false)
  expect(canDeleteStack(user('member'), { ...own, grant: 103 })).toBe(true)
  const kept = {
    ...user('none'),
    memberships: [{ ...member('org-1', 'acme', 'member'), deletesStacks: false }],
  }
  expect(canDeleteStack(kept, { ...own, grant: 103 })).toBe(false)
  expect(canDeleteStack(job('destroy'), { ...own, grant: 103 })).toBe(false)
  expect(canAdministerStack(job('destroy'), { ...own, grant: 103 })).toBe(false)
})

test('an admin of the installation has no stacks of organizations they do not belong to', () => {
  for (const can of [canReadStack, canPreviewStack, canWriteStack])
    expect(can(user('none', true), own)).toBe(false)
})

test('an organization is administered by its admins only, and never by a job', () => {
  expect(isOrganizationAdmin(user('admin'), 'org-1')).toBe(true)
  expect(isOrganizationAdmin(user('admin'), 'org-2')).toBe(false)
  expect(isOrganizationAdmin(user('member', true), 'org-1')).toBe(false)
  expect(isOrganizationAdmin(job('update'), 'org-1')).toBe(false)
  expect(membershipIn(user('member'), 'acme')).toMatchObject({ role: 'member' })
  expect(membershipIn(user('member'), 'Acme')).toBeUndefined()
  expect(membershipIn(job('update'), 'acme')).toBeUndefined()
})

describe('a job', () => {
  const writes = new Map<Operation, boolean>([
    ['preview', false],
    ['detect-drift', false],
    ['update', true],
    ['refresh', true],
    ['destroy', true],
    ['remediate-drift', true],
  ])
  for (const [operation, expected] of writes) {
    test(`${operation} ${expected ? 'writes' : 'only looks at'} its own stack`, () => {
      expect(canWriteStack(job(operation), own)).toBe(expected)
      expect(canPreviewStack(job(operation), own)).toBe(true)
      expect(canReadStack(job(operation), own)).toBe(true)
    })

    test(`${operation} reads what its requester may read, and changes none of it`, () => {
      expect(canReadStack(job(operation), sibling)).toBe(true)
      expect(canReadStack(job(operation), foreign)).toBe(false)
      for (const can of [canPreviewStack, canWriteStack]) expect(can(job(operation), sibling)).toBe(false)
    })

    test(`${operation} reaches nothing of its requester's other organizations`, () => {
      const requester = user('admin')
      const inBoth: UserPrincipal = {
        ...requester,
        memberships: [...requester.memberships, member('org-2', 'other', 'admin')],
      }
      expect(canReadStack(inBoth, foreign)).toBe(true)
      for (const can of [canReadStack, canPreviewStack, canWriteStack])
        expect(can(job(operation, inBoth), foreign)).toBe(false)
      expect(visibleMemberships(job(operation, inBoth)).map(({ organization }) => organization)).toEqual([
        'acme',
      ])
    })

    test(`${operation} of a person who has left still reaches its own stack, and no other`, () => {
      expect(canReadStack(job(operation, user('none')), own)).toBe(true)
      expect(canReadStack(job(operation, user('none')), sibling)).toBe(false)
    })
  }
})
