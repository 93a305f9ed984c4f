import { describe, expect, it } from 'vitest'
import { isSecret, textOf } from './property.ts'

const special = (kind: string, more: object = {}) => ({ '4dabf18193072939515e22adb298388d': kind, ...more })
const secret = special('1b47061264138c4ac30d75fd1eb44270', { ciphertext: 'v1:abc' })

describe('A value', () => {
  it('that is a text stays as it is', () => expect(textOf('a "b"')).toBe('a "b"'))
  it('with parts stands on lines', () => expect(textOf({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}'))
  it('that is a secret is masked, its ciphertext too', () => expect(textOf(secret)).toBe('[secret]'))
  it('masks secrets at any depth', () => {
    const text = textOf({ list: [{ password: secret }] })
    expect(text).toContain('"password": "[secret]"')
    expect(text).not.toContain('v1:abc')
  })
  it('of an unknown special kind is masked', () =>
    expect(textOf(special('0', { ciphertext: 'v1:abc' }))).toBe('[secret]'))
  it('that refers to a resource is its URN', () =>
    expect(textOf(special('5cf8f73096256a8f31e491e813e4eb8e', { urn: 'urn:x' }))).toBe('urn:x'))
  it('that is not known yet says so', () =>
    expect(textOf('04da6b54-80e4-46f7-96ec-b56ff0331ba9')).toBe('[known after the update]'))
  it('says whether all of it is secret', () =>
    expect([isSecret(secret), isSecret('[secret]'), isSecret({ a: secret }), isSecret('x')]).toEqual([
      true,
      true,
      false,
      false,
    ]))
})
