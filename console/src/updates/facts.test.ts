import { describe, expect, it } from 'vitest'
import { configOf, environmentOf } from './facts.ts'

describe('Configuration', () => {
  it('hides secrets whole, and in objects only what is secret', () =>
    expect(
      configOf({
        'shop:token': { string: 'v1:abc', secret: true, object: false },
        'shop:db': { string: '{"user":"u","password":{"secure":"v1:abc"}}', secret: true, object: true },
        'shop:broken': { string: 'v1:abc', secret: true, object: true },
        'shop:size': { string: '3', secret: false, object: false },
        'shop:list': { string: '["a"]', secret: false, object: true },
      }),
    ).toEqual([
      ['shop:broken', '[secret]'],
      ['shop:db', { user: 'u', password: '[secret]' }],
      ['shop:list', ['a']],
      ['shop:size', '3'],
      ['shop:token', '[secret]'],
    ]))
})

describe('An environment', () => {
  it('names what is known first, and keeps the rest', () =>
    expect(environmentOf({ zzz: '1', 'git.head': 'abc', 'pulumi.version': 'v3', empty: '' })).toEqual([
      ['Pulumi version', 'v3'],
      ['Commit', 'abc'],
      ['zzz', '1'],
    ]))
})
