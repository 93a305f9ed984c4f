import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkSessionNameTemplate, renderSessionName, type SessionNameValues } from './session-name.ts'

const values: SessionNameValues = {
  organization: 'pulumi-local',
  project: 'test-nocode-rtct-3',
  stack: 'dev',
  operation: 'update',
  deploymentVersion: 17,
  deploymentId: '806bf21f-444f-4825-a80c-afd12cd2526a',
}

function render(template: string, changes: Partial<SessionNameValues> = {}): string {
  const result = renderSessionName(template, { ...values, ...changes })
  return result.ok ? result.sessionName : result.refusal.code
}

test('the documented check value: 64 characters, each name cut to 11', () => {
  const name = render('${organization.name}-${project.name}-${stack.name}-${deployment.id}')
  expect(name).toBe('pulumi-loca-test-nocode-dev-806bf21f-444f-4825-a80c-afd12cd2526a')
  expect(name).toHaveLength(64)
})

test.each([
  ['daypass', 'daypass'],
  ['${organization.name}', 'pulumi-local'],
  ['${project.name}.${stack.name}', 'test-nocode-rtct-3.dev'],
  ['${deployment.operation}@${operation}', 'update@update'],
  ['v${deployment.version}', 'v17'],
  ['${deployment.id}', values.deploymentId],
  ['ops+${stack.name}=1,2.3@x-y_z', 'ops+dev=1,2.3@x-y_z'],
])('%s becomes %s', (template, name) => {
  expect(render(template)).toBe(name)
  expect(checkSessionNameTemplate(template)).toBeUndefined()
})

test('a name that fits is not cut', () => {
  expect(render('${project.name}', { project: 'p'.repeat(64) })).toBe('p'.repeat(64))
})

test('only the names are cut, never operation, version and id', () => {
  const name = render('${project.name}-${deployment.operation}-${deployment.version}-${deployment.id}', {
    project: 'p'.repeat(100),
    operation: 'remediate-drift',
    deploymentVersion: 12345,
  })
  expect(name).toBe(`ppppp-remediate-drift-12345-${values.deploymentId}`)
})

test('a name that occurs twice is counted twice', () => {
  expect(render('${stack.name}-${stack.name}', { stack: 's'.repeat(100) })).toBe(
    `${'s'.repeat(31)}-${'s'.repeat(31)}`,
  )
})

test('names may vanish altogether when only that fits', () => {
  const fixed = 'x'.repeat(64)
  expect(render(`\${stack.name}${fixed}`)).toBe(fixed)
})

test.each([
  ['x'.repeat(65), 'session_name_too_long'],
  [`${'x'.repeat(29)}\${deployment.id}`, 'session_name_too_long'],
  ['${deployment.id}${deployment.id}', 'session_name_too_long'],
  ['${stack}', 'session_name_placeholder_unknown'],
  ['${}', 'session_name_placeholder_unknown'],
  ['${Stack.Name}', 'session_name_placeholder_unknown'],
  ['${constructor}', 'session_name_placeholder_unknown'],
  ['a:b', 'session_name_characters'],
  ['a/b', 'session_name_characters'],
  ['a b', 'session_name_characters'],
  ['ab\n', 'session_name_characters'],
  ['${stack.name', 'session_name_characters'],
  ['$${stack.name}', 'session_name_characters'],
  ['ünï', 'session_name_characters'],
  ['', 'session_name_too_short'],
  ['x', 'session_name_too_short'],
])('%j is refused as %s, when it is used and when it is saved', (template, code) => {
  expect(render(template)).toBe(code)
  expect(checkSessionNameTemplate(template)?.code).toBe(code)
})

test('a short name may make a template too short, which saving cannot know', () => {
  expect(render('${stack.name}', { stack: 's' })).toBe('session_name_too_short')
  expect(checkSessionNameTemplate('${stack.name}')).toBeUndefined()
})

test('a refusal says what to change', () => {
  const result = renderSessionName('${stack}', values)
  expect(result.ok ? '' : result.refusal.sentence).toContain('${stack.name}')
})

test('whatever comes out is a session name that AWS takes, and the cut is the mildest', () => {
  const names = fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/)
  const pieces = fc.constantFrom(
    '${organization.name}',
    '${project.name}',
    '${stack.name}',
    '${operation}',
    '${deployment.version}',
    '${deployment.id}',
    '-',
    'run.',
  )
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 6 }),
      names,
      names,
      names,
      (template, organization, project, stack) => {
        const text = template.join('')
        const result = renderSessionName(text, { ...values, organization, project, stack })
        if (!result.ok) return
        expect(result.sessionName).toMatch(/^[\w+=,.@-]{2,64}$/)
        const lengths = {
          '${organization.name}': organization,
          '${project.name}': project,
          '${stack.name}': stack,
        }
        const used = template.flatMap((piece) =>
          piece in lengths ? [lengths[piece as '${stack.name}']] : [],
        )
        const longest = Math.max(0, ...used.map((name) => name.length))
        const lengthAt = (cap: number) =>
          result.sessionName.length -
          used.reduce((sum, name) => sum + Math.min(name.length, capOf(used, result.sessionName, text)), 0) +
          used.reduce((sum, name) => sum + Math.min(name.length, cap), 0)
        const cap = capOf(used, result.sessionName, text)
        if (cap < longest) expect(lengthAt(cap + 1)).toBeGreaterThan(64)
      },
    ),
  )
})

/** The common length that was used, found again from the result's length alone. */
function capOf(used: readonly string[], sessionName: string, template: string): number {
  const fixed = template
    .replaceAll(/\$\{(?:organization|project|stack)\.name\}/g, '')
    .replaceAll('${operation}', 'update')
    .replaceAll('${deployment.version}', '17')
    .replaceAll('${deployment.id}', values.deploymentId).length
  for (let cap = 100; cap >= 0; cap -= 1) {
    if (fixed + used.reduce((sum, name) => sum + Math.min(name.length, cap), 0) === sessionName.length)
      return cap
  }
  return -1
}
