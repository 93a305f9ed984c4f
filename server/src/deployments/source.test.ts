import { expect, test } from 'vitest'
import type { StoredSettings } from '../settings/settings.ts'
import { parseTemplateUrl, sourceOf } from './source.ts'

const GIT = { repoUrl: 'https://git.example.com/a/b' }
const refusal = (settings: StoredSettings): string => {
  const source = sourceOf(settings)
  return source !== null && 'reason' in source ? source.message : 'none'
}

test.each([
  ['https://github.com/acme/web', 'https://github.com/acme/web', null, ''],
  ['https://github.com/acme/web.git', 'https://github.com/acme/web.git', null, ''],
  ['https://github.com/acme/web/infra/aws', 'https://github.com/acme/web', null, 'infra/aws'],
  ['https://github.com/acme/web/tree/v2/infra', 'https://github.com/acme/web', 'v2', 'infra'],
  ['https://github.com/acme/web/tree/main/', 'https://github.com/acme/web', 'main', ''],
  ['https://git.example.com:8443/a/b/c.git/x', 'https://git.example.com:8443/a/b/c.git', null, 'x'],
  ['https://gitlab.com/a/b/c/-/tree/main/x', 'https://gitlab.com/a/b/c', 'main', 'x'],
])('the template %s is %s', (url, repoUrl, branch, repoDir) => {
  expect(parseTemplateUrl(url)).toEqual({ repoUrl, branch, commit: null, repoDir })
})

test('a template of one commit is that commit', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567'
  expect(parseTemplateUrl(`https://github.com/acme/web/tree/${commit}`)).toMatchObject({
    branch: null,
    commit,
  })
})

test.each([
  'http://github.com/acme/web',
  'https://github.com/acme',
  'https://github.com/acme/web/../../etc',
  'https://me:secret@github.com/acme/web',
  'https://github.com/acme/web?x=1',
  'https://github.com/acme/web/tree',
  'https://github.com/acme/web/tree/-x',
  'https://github.com/acme/we b',
  'https://github.com//acme/web',
  '/etc/passwd',
])('%s is no template', (url) => {
  expect(parseTemplateUrl(url)).toBeUndefined()
  expect(refusal({ sourceContext: { template: { sourceUrl: url } } })).toMatch(/sourceUrl must be https/)
})

test("Pulumi's registry of templates is refused with a way out", () => {
  const sourceUrl = 'registry://templates/private/acme/web@1.0.0'
  expect(refusal({ sourceContext: { template: { sourceUrl } } })).toMatch(/registry.*send the https URL/)
  expect(refusal({ sourceContext: { template: {} } })).toMatch(/sourceUrl is missing/)
})

test('a tag stands beside its commit, or alone', () => {
  const commit = 'abcdef1'
  expect(sourceOf({ sourceContext: { git: { ...GIT, tag: 'v1', commit } } })).toMatchObject({
    branch: null,
    commit,
    tag: 'v1',
  })
  expect(sourceOf({ sourceContext: { git: { ...GIT, tag: 'refs/tags/v1' } } })).toMatchObject({
    branch: 'refs/tags/v1',
    commit: null,
    tag: 'v1',
  })
  expect(refusal({ sourceContext: { git: { ...GIT, tag: 'v1', branch: 'main' } } })).toMatch(/exclude/)
})

test('no source at all is the image, where there is one', () => {
  const executorContext = { executorImage: { reference: 'acme/program:1' } }
  expect(sourceOf({ executorContext })).toBeNull()
  expect(refusal({})).toMatch(/executorImage has to name/)
  expect(refusal({ executorContext, sourceContext: { git: { branch: 'main' } } })).toMatch(
    /repoUrl is missing/,
  )
  expect(refusal({ executorContext, gitHub: { repository: 'a/b' } })).toMatch(/in the gitHub or vcs block/)
  const template = { sourceUrl: 'https://github.com/acme/web' }
  expect(refusal({ sourceContext: { git: { ...GIT, branch: 'main' }, template } })).toMatch(/exclude/)
})
