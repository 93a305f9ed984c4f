import type { Operation } from '@daypass/contract/job-protocol.ts'
import { describe, expect, test } from 'vitest'
import {
  canAdministerStack,
  canPreviewStack,
  canReadStack,
  canWriteStack,
  isOrganizationAdmin,
  membershipIn,
  readableStacks,
  STACK_PERMISSION,
  type StackPlace,
  stackPermission,
} from './permission.ts'
import { type DeploymentPrincipal, type Role, type UserPrincipal, visibleMemberships } from './principal.ts'

const place: StackPlace = {
  id: 'stack-1',
  organizationId: 'org-1',
  defaultPermission: STACK_PERMISSION.write,
  grants: [],
}
const own = place
const sibling = { ...place, id: 'stack-2' }
const foreign = { ...place, id: 'stack-3', organizationId: 'org-2' }

function user(role: Role | 'stranger', siteAdmin = false): UserPrincipal {
  const memberships = role === 'stranger' ? [] : [{ organizationId: 'org-1', organization: 'acme', role }]
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

test('an admin of the installation has no stacks of organizations they do not belong to', () => {
  for (const can of [canReadStack, canPreviewStack, canWriteStack])
    expect(can(user('stranger', true), own)).toBe(false)
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

describe('a permission on a stack', () => {
  const { none, read, write, admin } = STACK_PERMISSION
  const inTeam = (role: Role): UserPrincipal => ({
    ...user(role),
    memberships: [{ organizationId: 'org-1', organization: 'acme', role, teams: ['team-1', 'team-2'] }],
  })
  const granted = (permission: typeof read | typeof write | typeof admin, holderId = 'team-2') => ({
    ...place,
    defaultPermission: none,
    grants: [
      { holderId: 'team-9', permission: admin },
      { holderId, permission },
    ],
  })

  test.each([none, read, write, admin])(
    'is for a member what the organization gives by default: %d',
    (byDefault) => {
      const stack = { ...place, defaultPermission: byDefault }
      expect(stackPermission(user('member'), stack)).toBe(byDefault)
      expect(stackPermission(user('admin'), stack)).toBe(admin)
      expect(canReadStack(user('member'), stack)).toBe(byDefault >= read)
      expect(canPreviewStack(user('member'), stack)).toBe(byDefault >= write)
      expect(canWriteStack(user('member'), stack)).toBe(byDefault >= write)
      expect(canAdministerStack(user('member'), stack)).toBe(byDefault >= admin)
    },
  )

  test('is given by a team to those in it, and the most that is given counts', () => {
    expect(stackPermission(inTeam('member'), granted(read))).toBe(read)
    expect(stackPermission(user('member'), granted(read))).toBe(none)
    const both = { ...granted(read), defaultPermission: write }
    expect(stackPermission(inTeam('member'), both)).toBe(write)
    const more = { ...both, grants: [...both.grants, { holderId: 'team-1', permission: admin }] }
    expect(stackPermission(inTeam('member'), more)).toBe(admin)
  })

  test('is given to a person, or for having made it, and is nothing in an organization that they left', () => {
    const made = granted(admin, 'u')
    expect(stackPermission(user('member'), made)).toBe(admin)
    expect(stackPermission(user('stranger'), made)).toBe(none)
    expect(stackPermission(user('billing-manager'), made)).toBe(none)
  })

  test('of a team’s token is its team’s alone', () => {
    expect(stackPermission(inTeam('none'), { ...place, defaultPermission: admin })).toBe(none)
    expect(stackPermission(inTeam('none'), granted(write))).toBe(write)
  })

  test('is none for whoever only pays', () => {
    const stack = { ...granted(admin), defaultPermission: admin }
    expect(stackPermission(inTeam('billing-manager'), stack)).toBe(none)
    expect(readableStacks(inTeam('billing-manager')).organizations).toEqual([])
  })

  test('of a job reaches no further than its person’s, and administers nothing', () => {
    const stack = { ...sibling, defaultPermission: none }
    expect(canReadStack(job('update', user('member')), stack)).toBe(false)
    expect(canReadStack(job('update', inTeam('member')), { ...granted(read), id: 'stack-2' })).toBe(true)
    for (const one of [own, sibling, foreign]) expect(canAdministerStack(job('update'), one)).toBe(false)
  })
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
        memberships: [
          ...requester.memberships,
          { organizationId: 'org-2', organization: 'other', role: 'admin' },
        ],
      }
      expect(canReadStack(inBoth, foreign)).toBe(true)
      for (const can of [canReadStack, canPreviewStack, canWriteStack])
        expect(can(job(operation, inBoth), foreign)).toBe(false)
      expect(visibleMemberships(job(operation, inBoth)).map(({ organization }) => organization)).toEqual([
        'acme',
      ])
    })

    test(`${operation} of a person who has left still reaches its own stack, and no other`, () => {
      expect(canReadStack(job(operation, user('stranger')), own)).toBe(true)
      expect(canReadStack(job(operation, user('stranger')), sibling)).toBe(false)
    })
  }
})
